declare module "dynalite" {
  import type { Server } from "node:http";

  /** DynamoDB's wire protocol over LevelDB in memory. Times in ms. */
  function dynalite(options?: { readonly createTableMs?: number }): Server;
  export = dynalite;
}
