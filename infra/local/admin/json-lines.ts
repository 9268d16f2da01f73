import { BadRequest } from "./administrator.ts";

const NEWLINE = 10;

/** The JSON value of each line of a stream, empty ones left out. Throws `BadRequest` for a line that is none, or too long. */
export async function* jsonLines(
  chunks: AsyncIterable<Uint8Array>,
  maxLine: number,
): AsyncGenerator<unknown> {
  let number = 0;
  for await (const line of lines(chunks, maxLine)) {
    number++;
    if (line.trim() !== "") yield parsed(line, number);
  }
}

/** One value as a line. */
export function jsonLine(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}

async function* lines(chunks: AsyncIterable<Uint8Array>, maxLine: number): AsyncGenerator<string> {
  let rest = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    let from = 0;
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, from)) {
      yield bytes.toString("utf8", from, at);
      from = at + 1;
    }
    rest = bytes.subarray(from);
    if (rest.length > maxLine) throw new BadRequest(`a line longer than ${maxLine} bytes`);
  }
  if (rest.length > 0) yield rest.toString();
}

function parsed(line: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // Not what is wrong with it: it may hold a password.
    throw new BadRequest(`line ${number} is not JSON`);
  }
}
