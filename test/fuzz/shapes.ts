/** What reading might stumble over, repeated to a length. */
const REPEATED: readonly string[] = [
  ...'()"\\<>;,%=@:[]?&/ \t0a.-_+*#!\0\xff\r\n',
  ...'\r\n |\r\n\t|\r\n|%41|%4|\\"|\\\\"|()|""|<>|<>,|\xc3\xa9|sip:|SIP/2.0 |a |a@|a,|"a",|#=1,|!#=1,|!a,|#1:2,|&a=b'.split(
    "|",
  ),
  ...';a|;a=b|;a="b"|;a="\\""|;%61=%41|;pn-prid=a|<sip:a@b>,|a=b,|a="b",|*;a="b",|z9hG4bKr.|1.|tag=|SIP/2.0/WS h;branch=z9hG4bKa,'.split(
    "|",
  ),
  "X: y\r\n",
  "Via: SIP/2.0/WS h\r\n",
  "Contact: <sip:a@b>\r\n",
  "Route: <sip:a@b;lr>\r\n",
  "i: a\r\n",
  "\r\ni",
  "\r\nCall-ID x",
  "a\n",
  "a\r",
  "l: 0\r\n",
  "<sip:localhost;lr>,",
  "Route: <sip:localhost;lr>\r\n",
];

/** A hostile run: by its name, and of at most the length asked for, in octets. */
export interface Shape {
  readonly name: string;
  readonly of: (octets: number) => string;
}

/** Many of a kind, nested ones, and many that are all different. */
export const SHAPES: readonly Shape[] = [
  ...REPEATED.map((piece) => ({
    name: `${JSON.stringify(piece)} again and again`,
    of: (octets: number) => piece.repeat(Math.floor(octets / piece.length)),
  })),
  { name: "nested comments", of: (octets) => "(".repeat(octets / 2) + ")".repeat(octets / 2) },
  { name: "escapes before a quote", of: (octets) => `"${"\\".repeat(octets - 3)}\\"` },
  { name: "different parameters", of: (octets) => counted(octets, (n) => `;p${n}`) },
  { name: "different parameters with values", of: (octets) => counted(octets, (n) => `;p${n}=v${n}`) },
  { name: "different features", of: (octets) => counted(octets, (n) => `;+sip.f${n}="#>=${n}"`) },
  { name: "different ranges", of: (octets) => counted(octets, (n) => `#${n}:${n + 1},`) },
  { name: "different tokens", of: (octets) => counted(octets, (n) => `t${n},`) },
  { name: "different contacts", of: (octets) => counted(octets, (n) => `<sip:c${n}@h>,`) },
  { name: "different lines", of: (octets) => counted(octets, (n) => `X${n}: ${n}\r\n`) },
];

/** Whole pieces only: one that is cut might have the run refused, and so not read. */
function counted(octets: number, piece: (n: number) => string): string {
  let text = "";
  for (let n = 0; ; n++) {
    const next = piece(n);
    if (text.length + next.length > octets) return text;
    text += next;
  }
}
