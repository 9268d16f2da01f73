/** What must come of a message whose sender has proved nothing. */
export interface Outcome {
  /** The file that holds it: what the RFC calls it. */
  readonly name: string;
  readonly section: string;
  /** What the RFC asks for, of a proxy or registrar that authenticates. */
  readonly asks: string;
  /** The statuses that come back, in order; none if it is dropped. */
  readonly comes: readonly number[];
}

const outcome = (name: string, section: string, asks: string, ...comes: number[]): Outcome => ({
  name,
  section,
  asks,
  comes,
});

/** A well-formed request that begins something is challenged; an INVITE is told at once that it has come (RFC 3261 §17.2.1). */
const CALLED = [100, 407];

/** RFC 4475, section by section. */
export const RFC4475: readonly Outcome[] = [
  outcome("wsinv", "3.1.1.1", "well-formed; its To has a tag, of a dialog that is not ours", 481),
  // A departure: see "Known deviations" in docs/design.md. Without its NUL it is challenged, see below.
  outcome("intmeth", "3.1.1.2", "well-formed; but no NUL comes in here, not even a quoted one", 400),
  outcome("esc01", "3.1.1.3", "well-formed", ...CALLED),
  outcome("escnull", "3.1.1.4", "well-formed", 401),
  outcome("esc02", "3.1.1.5", "well-formed, and no REGISTER", 407),
  outcome("lwsdisp", "3.1.1.6", "should be accepted as well-formed", 407),
  outcome("longreq", "3.1.1.7", "well-formed", ...CALLED),
  outcome("dblreq", "3.1.1.8", "the REGISTER is handled, the INVITE behind it is noise", 401),
  outcome("semiuri", "3.1.1.9", "well-formed", 407),
  outcome("transports", "3.1.1.10", "well-formed", 407),
  outcome("mpart01", "3.1.1.11", "well-formed, a binary body", 407),
  outcome("unreason", "3.1.1.12", "a well-formed response, to nothing that we sent"),
  outcome("noreason", "3.1.1.13", "a well-formed response, to nothing that we sent"),
  outcome("badinv01", "3.1.2.1", "should be 400", 400),
  outcome("clerr", "3.1.2.2", "should be 400 where a message is a datagram, as it is here", 400),
  outcome("ncl", "3.1.2.3", "should be an error", 400),
  outcome("scalar02", "3.1.2.4", "should be 400, for its CSeq", 400),
  outcome("scalarlg", "3.1.2.5", "a response that is dropped"),
  outcome("quotbal", "3.1.2.6", "should be 400", 400),
  outcome("ltgtruri", "3.1.2.7", "reasonably 400", 400),
  outcome("lwsruri", "3.1.2.8", "should be 400", 400),
  outcome("lwsstart", "3.1.2.9", "may be 400", 400),
  outcome("trws", "3.1.2.10", "may be 400", 400),
  outcome("escruri", "3.1.2.11", "may be 400, or goes on without the headers in its URI", ...CALLED),
  outcome("baddate", "3.1.2.12", "may be 400, but should not be if nobody needs the Date", ...CALLED),
  outcome("regbadct", "3.1.2.13", "reasonably 400, or the missing brackets are inferred", 401),
  outcome("badaspec", "3.1.2.14", "reasonably 400, or the spaces are ignored", 407),
  outcome("baddn", "3.1.2.15", "reasonably 400", 400),
  outcome("badvers", "3.1.2.16", "should be 505", 505),
  outcome("mismatch01", "3.1.2.17", "400", 400),
  outcome("mismatch02", "3.1.2.18", "should be 501, or 400", 400),
  outcome("bigcode", "3.1.2.19", "a response that is dropped"),
  outcome("badbranch", "3.2.1", "may be 400, or is told from others as RFC 2543 has it", 407),
  outcome("insuf", "3.3.1", "ideally 400", 400),
  outcome("unkscm", "3.3.2", "416", 416),
  outcome("novelsc", "3.3.3", "416, of who never takes that scheme", 416),
  outcome("unksm2", "3.3.4", "400 of a registrar, for its To", 400),
  outcome("bext01", "3.3.5", "420", 420),
  outcome("invut", "3.3.6", "any other INVITE to a proxy", ...CALLED),
  outcome("regaut01", "3.3.7", "401, with a scheme that we know", 401),
  outcome("multi01", "3.3.8", "400", 400),
  outcome("mcl01", "3.3.9", "should be an error", 400),
  outcome("bcast", "3.3.10", "a response that should be dropped"),
  outcome(
    "zeromf",
    "3.3.11",
    "should be 483 of a proxy; who gets an OPTIONS may answer it (RFC 3261 §16.3)",
    200,
  ),
  outcome("cparam01", "3.3.12", "a REGISTER like others", 401),
  outcome("cparam02", "3.3.13", "a REGISTER like others", 401),
  outcome("regescrt", "3.3.14", "a REGISTER like others", 401),
  outcome("sdp01", "3.3.15", "406 or 400 of a callee; nothing to a proxy", ...CALLED),
  outcome("inv2543", "3.4.1", "should be accepted", ...CALLED),
];

/** RFC 5118, where [2001:db8::10] is ours. */
export const RFC5118: readonly Outcome[] = [
  outcome("ipv6-good", "4.1", "well-formed", 401),
  outcome("ipv6-bad", "4.2", "should be 400", 400),
  outcome("port-ambiguous", "4.3", "well-formed, and for another host", 404),
  outcome("port-unambiguous", "4.4", "well-formed", 401),
  outcome("via-received-param-with-delim", "4.5", "must be read; a BYE of a dialog that is not ours", 481),
  outcome("via-received-param-no-delim", "4.5", "must be read; an OPTIONS for us", 200),
  outcome("ipv6-in-sdp", "4.6", "well-formed", ...CALLED),
  outcome("mult-ip-in-header", "4.7", "well-formed; a BYE of a dialog that is not ours", 481),
  outcome("mult-ip-in-sdp", "4.8", "well-formed", ...CALLED),
  outcome("ipv4-mapped-ipv6", "4.9", "must be read", ...CALLED),
  outcome("ipv6-bug-abnf-3-colons", "4.10", "may be read", 407),
  outcome("ipv6-correct-abnf-2-colons", "4.10", "well-formed", 407),
];
