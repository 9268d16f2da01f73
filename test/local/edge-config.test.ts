import { describe, expect, test } from "vitest";
import { ConfigError } from "../../functions/config/config-error.ts";
import { loadConfig } from "../../infra/local/config.ts";

function listenersOf(env: Record<string, string>) {
  return loadConfig(env).listeners;
}

const TLS = { TLS_CERT_FILE: "/etc/tls/cert.pem", TLS_KEY_FILE: "/etc/tls/key.pem" };

describe("what the edge listens to", () => {
  test("is WebSocket alone if nobody says otherwise", () => {
    expect(listenersOf({}).ports).toEqual({ TCP: undefined, TLS: undefined, WSS: undefined });
  });

  test("is what has a port, 0 for any that is free", () => {
    const { ports, certificateFiles } = listenersOf({
      TCP_PORT: "5060",
      TLS_PORT: "0",
      WSS_PORT: "443",
      ...TLS,
    });
    expect(ports).toEqual({ TCP: 5060, TLS: 0, WSS: 443 });
    expect(certificateFiles).toEqual({ cert: "/etc/tls/cert.pem", key: "/etc/tls/key.pem" });
  });

  test.each([
    "sip.example.com",
    "sip.example.com:5060",
    "192.0.2.1:5060",
    "[2001:db8::1]",
    "[2001:db8::1]:5061",
  ])("may be reached at %s", (place) => {
    expect(listenersOf({ PUBLIC_TCP: place, PUBLIC_TLS: place }).places).toEqual({ TCP: place, TLS: place });
  });

  test("is behind whoever is trusted", () => {
    const { trusts } = listenersOf({ TRUSTED_PROXIES: "10.0.0.0/8, 192.0.2.7" });
    expect(["10.1.1.1", "192.0.2.7", "192.0.2.8"].map(trusts)).toEqual([true, true, false]);
  });

  test("silence is noticed after twice the time in which a client shall ping", () => {
    expect(loadConfig({ FLOW_TIMER: "120" }).limits.silenceTimeout).toBe(240_000);
  });
});

test.each<[Record<string, string>, string]>([
  [{ TCP_PORT: "65536" }, 'TCP_PORT must be a whole number from 0 to 65535, not "65536"'],
  [{ TLS_PORT: "5061" }, "TLS_PORT and WSS_PORT need TLS_CERT_FILE and TLS_KEY_FILE"],
  [{ WSS_PORT: "443" }, "TLS_PORT and WSS_PORT need TLS_CERT_FILE and TLS_KEY_FILE"],
  [{ TLS_CERT_FILE: "/cert.pem" }, "TLS_CERT_FILE and TLS_KEY_FILE need each other"],
  [{ TLS_KEY_FILE: "/key.pem" }, "TLS_CERT_FILE and TLS_KEY_FILE need each other"],
  [{ PUBLIC_TCP: "sip:example.com" }, 'PUBLIC_TCP must be host or host:port, not "sip:example.com"'],
  [{ PUBLIC_TCP: "2001:db8::1" }, 'PUBLIC_TCP must be host or host:port, not "2001:db8::1"'],
  [{ PUBLIC_TLS: "a;lr" }, 'PUBLIC_TLS must be host or host:port, not "a;lr"'],
  [
    { TRUSTED_PROXIES: "10.0.0.0/8,proxy" },
    'TRUSTED_PROXIES must be addresses or networks, not "10.0.0.0/8,proxy"',
  ],
])("%j is not taken", (env, problem) => {
  expect(() => listenersOf(env)).toThrow(ConfigError);
  try {
    listenersOf(env);
  } catch (error) {
    expect((error as ConfigError).problems).toEqual([problem]);
  }
});
