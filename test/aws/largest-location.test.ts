import { expect, test } from "vitest";
import { largestLocation } from "../../infra/aws/stage-limits.ts";
import { aWorld, DOMAIN, PASSWORD } from "../../infra/cost/world.ts";
import { answerTo } from "../support/digest.ts";
import { wireMessage } from "../support/wire-message.ts";

/** As MAX_CONTACTS and MAX_CONTACT_OCTETS are if nobody sets them. */
const [CONTACTS, OCTETS] = [10, 2_048];

type Fill = (n: number, stuff: string) => string;

/** A contact of so many octets without its angle brackets, most of them where `fill` puts them. */
function contactOf(n: number, fill: Fill, char: string): string {
  return fill(n, char.repeat(Math.floor((OCTETS - fill(n, "").length) / Buffer.byteLength(char))));
}

const push = (n: number, stuff = "") =>
  `<sip:b@${n}.invalid;transport=ws;pn-provider=fcm;pn-param=app;pn-prid=${n}${stuff}>`;
const instance = (n: number) => `;reg-id=1;+sip.instance="<urn:uuid:${n}>"`;

test.each<[string, Fill, string]>([
  ["a long push token", (n, stuff) => push(n, stuff) + instance(n), "x"],
  ["a long push token, and nothing else that tells its device", push, "x"],
  ["a long parameter, all quotation marks", (n, stuff) => `${push(n)}${instance(n)};x="${stuff}"`, '\\"'],
  ["a long parameter, beyond ASCII", (n, stuff) => `${push(n)}${instance(n)};x="${stuff}"`, "\xe9"],
])(
  "the record of an address with ten contacts as long as may be is no larger than thought: %s",
  async (_what, fill, char) => {
    let answer = wireMessage("");
    const world = await aWorld(["bob"], (_to, text) => {
      answer = wireMessage(text);
    });
    const before = world.octets();
    let cseq = 0;
    const register = async (run: string, contact: string, credentials: string) => {
      const lines = [
        `REGISTER sip:${DOMAIN} SIP/2.0`,
        `Via: SIP/2.0/WSS b.invalid;branch=z9hG4bK${++cseq}`,
        `From: <sip:bob@${DOMAIN}>;tag=1`,
        `To: <sip:bob@${DOMAIN}>`,
        `Call-ID: ${run}`,
        `CSeq: ${cseq} REGISTER`,
        "Supported: path, outbound, gruu",
        `Contact: ${contact}`,
        ...(credentials === "" ? [] : [`Authorization: ${credentials}`]),
        "Content-Length: 0",
      ];
      await world.frame(run, `${lines.join("\r\n")}\r\n\r\n`);
    };
    // Each has taken the place of what is connected, too: it keeps that.
    for (const run of ["first", "second"]) {
      await world.connect(run);
      for (let n = 0; n < CONTACTS; n++) {
        const contact = contactOf(n, fill, char);
        await register(run, contact, "");
        const challenges = answer.all("WWW-Authenticate");
        await register(run, contact, answerTo(challenges, "bob", PASSWORD, "REGISTER", `sip:${DOMAIN}`));
        expect(answer.startLine).toBe("SIP/2.0 200 OK");
      }
    }
    expect(answer.all("Contact")).toHaveLength(CONTACTS);
    const octets = world.octets() - before;
    expect(octets).toBeGreaterThan(CONTACTS * OCTETS);
    expect(octets).toBeLessThan(largestLocation(CONTACTS, OCTETS));
  },
);
