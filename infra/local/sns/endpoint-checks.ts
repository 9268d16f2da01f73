import { invalid } from "./sns-error.ts";

/** In octets. */
const MAX_TOKEN = 8_192;
const MAX_USER_DATA = 2_048;

/** Throws the refusal of a token that SNS would not take for a platform. */
export function checkToken(platform: string, token: string): void {
  const refuse = (reason: string) => {
    throw invalid(`Token Reason: ${reason}`);
  };
  if (token === "") refuse("must not be empty");
  if (platform.startsWith("APNS") && !/^[0-9A-Fa-f]{1,400}$/.test(token)) {
    refuse("iOS device tokens must be no more than 400 hexadecimal characters");
  }
  if (Buffer.byteLength(token) > MAX_TOKEN) {
    refuse("must be at most 8192 bytes long in UTF-8 encoding");
  }
}

/** Throws the refusal of user data that are too long. */
export function checkUserData(data: string | undefined): void {
  if (data === undefined || Buffer.byteLength(data) <= MAX_USER_DATA) return;
  const limit = "CustomUserData: must be at most 2048 bytes long in UTF-8 encoding";
  throw invalid(`Attributes Reason: Invalid value for attribute: ${limit}`);
}
