declare module "dynalite" {
  import type { Server } from "node:http";

  /** DynamoDB's wire protocol over LevelDB, in memory or in the folder. Times in ms. */
  function dynalite(options?: {
    readonly createTableMs?: number;
    readonly deleteTableMs?: number;
    readonly path?: string;
  }): Server;
  export = dynalite;
}
