const STEP = 128;

/**
 * The fields as one text whose length tells next to nothing of theirs: what is sealed shows how long it is, and two tokens of
 * different lengths would be seen to be two users'. Read back with `split("\n")`; no field has a line break.
 */
export function padded(...fields: readonly (string | number)[]): string {
  const text = `${fields.join("\n")}\n`;
  return text.padEnd(Math.ceil(text.length / STEP) * STEP);
}
