/** A refusal in SNS's words: by the code the SDK picks the exception that it throws. */
export class SnsError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, status: number, message: string) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** The refusal of a parameter; `what` is "Token Reason: …", say. */
export function invalid(what: string): SnsError {
  return new SnsError("InvalidParameter", 400, `Invalid parameter: ${what}`);
}
