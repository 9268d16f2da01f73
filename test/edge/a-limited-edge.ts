import { onTestFinished } from "vitest";
import type { App } from "../../functions/app/app.ts";
import { ha1s } from "../../functions/auth/digest.ts";
import { gateway } from "../../functions/gateway/gateway.ts";
import { keyring } from "../../functions/keyring/keyring.ts";
import { jsonLog } from "../../functions/log.ts";
import { ABSENT } from "../../functions/ports.ts";
import { aor } from "../../functions/sip/aor.ts";
import { octetsOf } from "../../functions/sip/octets.ts";
import type { Certificate } from "../../infra/edge/certificate.ts";
import type { EdgeLimits } from "../../infra/edge/limits.ts";
import { OwnEdge } from "../../infra/edge/own-edge.ts";
import { memoryStores } from "../../infra/local/records/memory-stores.ts";
import { DEFAULT_SETTINGS } from "../support/default-settings.ts";
import { TcpPhone } from "../support/tcp-phone.ts";
import { WirePhone } from "../support/wire-phone.ts";

const HOME = "192.0.2.1";

/**
 * A real edge with the real functions behind it, records in memory, and the users alice and bob (password `sipwake`). Its clock
 * stands until the test moves it, and clients come from where the test says.
 */
export async function limitedEdge(limits: Partial<EdgeLimits> = {}, origins: readonly string[] = []) {
  let now = 1_800_000_000_000;
  let network: string | undefined = HOME;
  const clock = () => now;
  const stores = memoryStores();
  for (const name of ["alice", "bob"]) {
    const subscriber = { ha1s: ha1s(octetsOf(name), "localhost", "sipwake") };
    await stores.subscribers.swap(
      aor(octetsOf(name), "localhost"),
      ABSENT,
      subscriber,
      Number.MAX_SAFE_INTEGER,
    );
  }
  const edge = new OwnEdge({ clock, limits, networkOf: () => network });
  const app: App = {
    ...stores,
    edge,
    push: { send: async () => ({ outcome: "accepted", id: "1" }) },
    alarms: { set: async () => {} },
    clock,
    log: jsonLog("error", (line) => process.stderr.write(line), clock),
    meter: { count: () => {}, time: () => {} },
    keyring: keyring([{ id: "1", key: new Uint8Array(32) }]),
    settings: { ...DEFAULT_SETTINGS, origins },
  };
  const handlers = gateway(app);
  const port = await edge.listen(handlers, "127.0.0.1", 0);
  const tcpPort = await edge.listen(handlers, "127.0.0.1", 0, { transport: "TCP" });
  onTestFinished(() => edge.stop());
  return {
    edge,
    port,
    tcpPort,
    /** Has it listen over TLS, too, and answers the port. */
    listenSecurely: (transport: "WSS" | "TLS", certificate: Certificate) =>
      edge.listen(handlers, "127.0.0.1", 0, { transport, certificate }),
    /** Some time passes, and the edge looks after its connections. */
    pass: (ms: number) => {
      now += ms;
      edge.tend();
    },
    /** A phone that comes from an address, or from where nobody is told apart; not registered. */
    phoneFrom: (address: string | undefined, user: string): Promise<WirePhone> => {
      network = address;
      return WirePhone.connect(port, user);
    },
    phone: (user: string): Promise<WirePhone> => {
      network = HOME;
      return WirePhone.connect(port, user);
    },
    registered: async (user: string): Promise<WirePhone> => {
      network = HOME;
      return WirePhone.registered(port, user);
    },
    /** A phone on TCP; not registered. */
    nativePhone: (user: string): Promise<TcpPhone> => {
      network = HOME;
      return TcpPhone.connect(tcpPort, user);
    },
    comeFrom: (address: string | undefined) => {
      network = address;
    },
  };
}

/** How a phone's connection ends. To be called before it does. */
export function endOf({ socket }: WirePhone): Promise<{ readonly code: number; readonly reason: string }> {
  return new Promise((resolve) =>
    socket.once("close", (code, reason) => resolve({ code, reason: String(reason) })),
  );
}
