import type { Via } from "../sip/via.ts";
import type { App } from "./app.ts";

/** Our hop, with the branch that brings responses back to where they belong. */
export function ourVia({ settings }: App, branch: string): Via {
  return { transport: settings.transport, sentBy: settings.domains[0], params: [["branch", branch]] };
}
