import type { App } from "../../functions/app/app.ts";
import type { Gateway } from "../../functions/gateway/gateway.ts";
import type { Stores } from "./records/stores.ts";

/** What a test puts between the stories and their world, to have something go wrong there. */
export interface Between {
  /** Other ports and times in the place of those that the stories would have. */
  ports(app: App, stores: Stores): App;
  /** Whatever the edge and alarms call in the place of the stories. */
  handlers(stories: Gateway): Gateway;
}

export const NOTHING_BETWEEN: Between = { ports: (app) => app, handlers: (stories) => stories };
