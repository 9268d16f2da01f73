// Where in an input a hostile run of octets is put.

const HEAD = "OPTIONS sip:bob@localhost SIP/2.0\r\n";
const USUAL: Readonly<Record<string, string>> = {
  Via: "SIP/2.0/WS h;branch=z9hG4bKa",
  To: "<sip:bob@localhost>",
  From: "<sip:alice@localhost>;tag=1",
  "Call-ID": "a",
  CSeq: "1 OPTIONS",
};
const OPTIONAL: Readonly<Record<string, string>> = {
  Contact: "<sip:a@b>",
  Route: "<sip:localhost;lr>",
  "Record-Route": "<sip:p.invalid;lr>",
  Path: "<sip:p.invalid>",
  "Accept-Contact": "*",
  Authorization: "Digest a=b",
  Event: "reg",
  Accept: "*/*",
  "X-P-Push": "a=b",
};

/** An OPTIONS whose header of that name has that value. */
function withHeader(name: string, value: string): string {
  const headers = { ...USUAL, [name]: value };
  return `${HEAD}${Object.entries(headers)
    .map(([key, text]) => `${key}: ${text}\r\n`)
    .join("")}\r\n`;
}

/** No line may be longer, so a run becomes several. */
const MAX_VALUE = 8_000;

/** An OPTIONS with as many headers of that name as the run needs. */
function withHeaders(name: string, before: string, run: string): string {
  const most = `[^]{1,${MAX_VALUE - before.length}}`;
  // Between two values of a list, if there are some.
  const values = run.match(new RegExp(`${most}(?:,|$)|${most}`, "g")) ?? [];
  const lines = values.map((value) => `${name}: ${before}${value.replace(/,$/, "")}\r\n`).join("");
  return withHeader("Max-Forwards", "70").replace(`${HEAD}`, () => HEAD + lines);
}

export const placesInMessages: readonly ((run: string) => string)[] = [
  (run) => run,
  (run) => `${HEAD}${run}\r\n\r\n`,
  (run) => `${run}${withHeader("X", "y")}`,
  (run) => withHeader("X", "y").replace(HEAD, () => `OPTIONS sip:${run} SIP/2.0\r\n`),
  (run) => withHeader("X", "y").replace(HEAD, () => `OPTIONS sip:a@localhost${run} SIP/2.0\r\n`),
  (run) => withHeader("X", "y").replace("X: y", () => `${run}: y`),
  (run) => `${withHeader("Content-Type", "message/cpim")}${run}`,
  ...Object.keys({ ...USUAL, ...OPTIONAL }).map((name) => (run: string) => withHeader(name, run)),
  ...Object.entries({ ...USUAL, ...OPTIONAL }).map(
    ([name, usual]) =>
      (run: string) =>
        withHeader(name, `${usual}${run.slice(0, MAX_VALUE)}`),
  ),
  ...Object.entries(OPTIONAL).flatMap(([name, usual]) => [
    (run: string) => withHeaders(name, "", run),
    (run: string) => withHeaders(name, `${usual},`, run),
  ]),
];

/** For inputs of two runs: half of one, up to where its next piece seems to begin. */
export function half(run: string): string {
  const middle = run.length / 2 - 10;
  const end = Math.max(run.lastIndexOf(";", middle), run.lastIndexOf(",", middle));
  return run.slice(0, end > 0 ? end : middle);
}

/** Where a value can be hurt: as a whole, behind itself, in and among its parameters, as another of a list. */
export function placesInValues(value: string): readonly ((run: string) => string)[] {
  return [
    (run) => run,
    (run) => value + run,
    (run) => run + value,
    (run) => `${value};x=${run}`,
    (run) => `${value};x="${run}"`,
    (run) => `${value},${run}`,
    (run) => `"${run}" ${value}`,
    (run) => `<sip:a@b${run}>`,
    (run) => `<sip:${run}@b>`,
  ];
}
