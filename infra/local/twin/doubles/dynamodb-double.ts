import { once } from "node:events";
import type { AddressInfo } from "node:net";
import dynalite from "dynalite";
import type { JsonObject } from "../template/template.ts";
import { awsJson } from "./aws-json.ts";

/** DynamoDB on loopback: dynalite, whose tables can be used at once. */
export interface DynamoDbDouble {
  readonly url: string;
  /** Makes a table as the template has it, without what the double does not know. Nothing if it is there. */
  makeTable(name: string, properties: JsonObject): Promise<void>;
  /** Answers when it is gone, so that it can be made again. */
  dropTable(name: string): Promise<void>;
  close(): Promise<void>;
}

/** What is kept is in the folder, or in memory without one. */
export async function startDynamoDbDouble(folder?: string): Promise<DynamoDbDouble> {
  const server = dynalite({
    createTableMs: 0,
    deleteTableMs: 0,
    ...(folder === undefined ? {} : { path: folder }),
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    makeTable: async (name, properties) => {
      const known = ["AttributeDefinitions", "KeySchema", "BillingMode", "ProvisionedThroughput"];
      const table = [...known, "GlobalSecondaryIndexes", "LocalSecondaryIndexes"]
        .filter((property) => properties[property] !== undefined)
        .map((property) => [property, properties[property]]);
      try {
        await awsJson(url, `${API}.CreateTable`, { TableName: name, ...Object.fromEntries(table) });
      } catch (error) {
        if (!String(error).includes("ResourceInUseException")) throw error;
      }
    },
    dropTable: async (name) => {
      await awsJson(url, `${API}.DeleteTable`, { TableName: name });
      // It answers when it begins.
      for (let names: readonly string[] = [name]; names.includes(name); ) {
        const listed = await awsJson(url, `${API}.ListTables`, {});
        names = (listed as { readonly TableNames: readonly string[] }).TableNames;
      }
    },
    close: () =>
      new Promise((resolve, reject) => {
        // Dynalite says null where Node says undefined.
        server.close((error) => (error == null ? resolve() : reject(error)));
        server.closeAllConnections();
      }),
  };
}

const API = "DynamoDB_20120810";
