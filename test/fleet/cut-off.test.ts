import { once } from "node:events";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { android, pickUp } from "../support/calls.ts";
import { portIn, portOf, says, startProcess } from "../support/stack-process.ts";
import { WirePhone } from "../support/wire-phone.ts";
import { aTable, edgeEnvironment } from "./a-fleet.ts";
import { cuttableWire } from "./cuttable-wire.ts";

const ENVIRONMENT = { FLEET_LEASE_SECONDS: "6", BUCKET_SECONDS: "10" };

/** What the log says that an edge is called. */
function nameIn(log: string): string {
  const [, name = ""] = /"edge joined".*"edge":"([\w-]{12})"/.exec(log) ?? [];
  if (name === "") throw new Error(`no edge joined: ${log}`);
  return name;
}

/** The status of a refused handshake. */
async function refusal(port: number): Promise<number | undefined> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`, "sip");
  const [, response] = await once(socket, "unexpected-response");
  return response.statusCode;
}

test("an edge that is cut off from the records closes its connections before others call them gone, and comes back under another name", async () => {
  const { url } = await aTable();
  const wire = await cuttableWire(url);
  const cutOff = startProcess({ ...edgeEnvironment(wire.url), ...ENVIRONMENT });
  const log = await says(cutOff, /edge joined.*listens on.*pushes/s);
  const port = portIn(log);
  const other = await portOf(startProcess({ ...edgeEnvironment(url), ...ENVIRONMENT }));
  const alice = await WirePhone.registered(other, "alice");
  const before = await WirePhone.registered(port, "bob", android("bob"));
  wire.cut();
  expect((await once(before.socket, "close"))[0]).toBe(1012);
  expect(await refusal(port)).toBe(503);
  // So a load balancer sends nobody there.
  const ready = await fetch(`http://127.0.0.1:${port}/readyz`);
  expect([ready.status, await ready.text()]).toEqual([503, "no lease in the fleet\n"]);
  // Bob's phone cannot come back there: to the others it is asleep, or silent.
  const invite = alice.invite("bob");
  await alice.response(182);
  const again = says(cutOff, /edge joined/);
  wire.mend();
  expect(nameIn(await again)).not.toBe(nameIn(log));
  const bob = await WirePhone.registered(port, "bob", android("bob"));
  await pickUp(bob, await bob.request("INVITE"), alice, invite);
});
