import { test } from "vitest";
import { passingFolder } from "../support/stack.ts";
import { portOf, startProcess } from "../support/stack-process.ts";
import { WirePhone } from "../support/wire-phone.ts";

// From the accepted REGISTER of a woken phone to its INVITE on the wire, as the phone sees it, with the stack in a process of
// its own and records in LMDB: what `npm start` runs.

/** How many sleep, each to be woken twice: the first time warms up. */
const PHONES = 400;

interface Wait {
  /** From the REGISTER's 200 to the INVITE, in ms. */
  readonly accepted: number;
  /** From the first REGISTER, which is challenged, to the INVITE, in ms. */
  readonly sent: number;
}

test.each([1, 20])("a woken phone hears its INVITE: %i at a time", async (atOnce) => {
  const users = Array.from({ length: PHONES }, (_, index) => `user${index}`);
  const child = startProcess({
    SIP_USERS: ["alice", ...users].map((user) => `${user}:sipwake`).join(","),
    DATA_DIR: passingFolder(),
    LOG_LEVEL: "error",
  });
  const port = await portOf(child);
  const alice = await WirePhone.registered(port, "alice");
  for (const user of users) await (await WirePhone.registered(port, user, { token: user })).vanish();
  const wakeAll = async () => {
    const waits: Wait[] = [];
    for (let first = 0; first < PHONES; first += atOnce) {
      const some = users.slice(first, first + atOnce);
      waits.push(...(await Promise.all(some.map((user) => wake(port, alice, user)))));
    }
    return waits;
  };
  await wakeAll();
  const waits = await wakeAll();
  for (const from of ["accepted", "sent"] as const) {
    const sorted = waits.map((wait) => wait[from]).sort((one, other) => one - other);
    const [p50, p99, max] = [0.5, 0.99, 1].map((share) => sorted[Math.ceil(share * sorted.length) - 1] ?? 0);
    const figures = `p50 ${p50?.toFixed(2)} ms, p99 ${p99?.toFixed(2)} ms, max ${max?.toFixed(2)} ms`;
    process.stdout.write(`REGISTER ${from} -> INVITE, ${atOnce} at a time: ${figures} of ${sorted.length}\n`);
  }
});

/** A call to a sleeping phone, which comes when its push is out, is called, declines and goes to sleep again. */
async function wake(port: number, alice: WirePhone, user: string): Promise<Wait> {
  const { one } = alice.invite(user);
  const isOfCall = (message: { one(name: string): string }) => message.one("Call-ID") === one("Call-ID");
  await alice.hear("182", (message) => message.status === 182 && isOfCall(message));
  const phone = await WirePhone.connect(port, user);
  let acceptedAt = Number.NaN;
  let invitedAt = Number.NaN;
  phone.socket.on("message", (data: Buffer) => {
    const text = data.toString("latin1");
    if (text.startsWith("SIP/2.0 200")) acceptedAt = performance.now();
    if (text.startsWith("INVITE ")) invitedAt = performance.now();
  });
  const sentAt = performance.now();
  await phone.register({ token: user });
  phone.answer(await phone.request("INVITE"), 486, "Busy Here");
  await alice.hear("486", (message) => message.status === 486 && isOfCall(message));
  await phone.vanish();
  return { accepted: invitedAt - acceptedAt, sent: invitedAt - sentAt };
}
