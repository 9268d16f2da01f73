/**
 * The character classes of RFC 3261 §25.1 as tables: `TOKEN[code] === 1` says whether an octet belongs.
 * An octet code is 0 to 255; anything else belongs to no class.
 */
export type CharClass = Uint8Array;

function classOf(characters: string): CharClass {
  const table = new Uint8Array(256);
  for (let i = 0; i < characters.length; i++) table[characters.charCodeAt(i)] = 1;
  return table;
}

const DIGITS = "0123456789";
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const UNRESERVED = `${LETTERS}${DIGITS}-_.!~*'()`;

export const DIGIT = classOf(DIGITS);
export const HEX_DIGIT = classOf(`${DIGITS}abcdefABCDEF`);
export const TOKEN = classOf(`${LETTERS}${DIGITS}-.!%*_+\`'~`);
/** `word` (§25.1), for Call-ID, with the "@" that joins two of them. */
export const CALL_ID = classOf(`${LETTERS}${DIGITS}-.!%*_+\`'~()<>:\\"/[]?{}@`);
/** A scheme's octets after its first letter. */
export const SCHEME = classOf(`${LETTERS}${DIGITS}+-.`);
/** Octets of `user` that need no escape. "#" is not among them, but dialled numbers carry it unescaped. */
export const USER = classOf(`${UNRESERVED}&=+$,;?/#`);
export const PASSWORD = classOf(`${UNRESERVED}&=+$,`);
/** `hostname` and IPv4; "_" is not allowed there but is seen in private networks. */
export const HOST = classOf(`${LETTERS}${DIGITS}-._`);
/** Inside the brackets of an IPv6 reference. */
export const IPV6 = classOf(`${DIGITS}abcdefABCDEF:.`);
/** `paramchar`: names and values of URI parameters. */
export const URI_PARAM = classOf(`${UNRESERVED}[]/:&+$`);
/** The `headers` part of a URI, "&" and "=" included. */
export const URI_HEADERS = classOf(`${UNRESERVED}[]/?:+$&=`);
/**
 * An unquoted value of a header parameter: tokens and hosts, and what clients write there although it should be
 * quoted or escaped (a push token pair "TOKEN:voip&TOKEN:remote", a URL).
 */
export const PARAM_VALUE = classOf(`${LETTERS}${DIGITS}-.!%*_+\`'~[]:/&@?=$()#{}|^\\`);
/** `token68` (RFC 7235 §2.1), for bearer tokens. */
export const TOKEN68 = classOf(`${LETTERS}${DIGITS}-._~+/=`);
