import type { Call } from "./call.ts";
import { contactUriOf, viaOf } from "./device.ts";
import { fresh, written } from "./written.ts";

/** What the INVITEs of a call say, and what belongs to their transactions: the CANCEL (RFC 3261 §9.1), and the ACK of a failure (§17.1.1.3). */
export class Invitation {
  readonly #call: Call;
  readonly #tag = fresh();
  /** By the CSeq: another one after a challenge. */
  readonly #branches = new Map<number, string>();

  constructor(call: Call) {
    this.#call = call;
  }

  /** The same again, if it is asked for twice. */
  invite(credentials: readonly string[] = []): string {
    const { caller, cseq } = this.#call;
    if (!this.#branches.has(cseq)) this.#branches.set(cseq, fresh());
    const contact = `Contact: <${contactUriOf(caller)}>`;
    const lines = [...this.#head("INVITE"), contact, "Content-Type: application/sdp", ...credentials];
    return written(lines, "v=0\r\n");
  }

  cancel(): string {
    return written(this.#head("CANCEL"));
  }

  /** `to` is the To of the failure. */
  acknowledge(to: string): string {
    return written(this.#head("ACK", to));
  }

  #head(method: "INVITE" | "CANCEL" | "ACK", to?: string): readonly string[] {
    const { id, caller, user, cseq } = this.#call;
    const uri = `sip:${user}@localhost`;
    return [
      `${method} ${uri} SIP/2.0`,
      viaOf(caller, this.#branches.get(cseq)),
      "Max-Forwards: 70",
      `From: <sip:${caller.user}@localhost>;tag=${this.#tag}`,
      `To: ${to ?? `<${uri}>`}`,
      `Call-ID: ${id}`,
      `CSeq: ${cseq} ${method}`,
    ];
  }
}
