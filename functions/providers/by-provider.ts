import type { Push } from "../ports.ts";

/** Each push by the service that its target names (`pn-provider`); what names no service of ours has failed. */
export function pushByProvider(services: ReadonlyMap<string, Push>): Push {
  return {
    send: async (target, push, endpoints) => {
      const service = services.get(target.provider);
      if (service === undefined) return { outcome: "failed", reason: "no such push service" };
      return service.send(target, push, endpoints);
    },
  };
}
