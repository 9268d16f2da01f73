import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { closed, listening } from "./dynamodb-double.ts";

/** How DynamoDB refuses to add an index: an exception's name, and whether somebody else's is being added. */
export interface Refusal {
  readonly name: string;
  readonly isBeingAdded: boolean;
}

/**
 * DynamoDB's control plane on loopback, for one table that was made without indexes: dynalite cannot add any. An index is
 * there at once, and active from the second look on.
 */
export interface TableDouble {
  readonly url: string;
  /** What was asked of it, in order: `DescribeTable`, `UpdateTable`. */
  readonly operations: readonly string[];
  /** The indexes that it was asked to add, and added. */
  readonly added: readonly unknown[];
  /** Refuses the next update. */
  refuseNext(refusal: Refusal): void;
  close(): Promise<void>;
}

export async function startTableDouble(): Promise<TableDouble> {
  const operations: string[] = [];
  const added: unknown[] = [];
  const refusals: Refusal[] = [];
  let looksUntilActive: number | undefined;
  const describe = () => ({
    TableName: "sipwake",
    TableStatus: "ACTIVE",
    ...(looksUntilActive === undefined
      ? {}
      : {
          GlobalSecondaryIndexes: [
            { IndexName: "due", IndexStatus: looksUntilActive > 0 ? "CREATING" : "ACTIVE" },
          ],
        }),
  });
  /** The answer to an update, or the exception. */
  const update = (body: { GlobalSecondaryIndexUpdates: { Create: unknown }[] }): object | string => {
    const refusal = refusals.shift();
    if (refusal !== undefined) {
      if (refusal.isBeingAdded) looksUntilActive = 1;
      return refusal.name;
    }
    if (looksUntilActive !== undefined)
      return looksUntilActive > 0 ? "LimitExceededException" : "ValidationException";
    looksUntilActive = 1;
    added.push(...body.GlobalSecondaryIndexUpdates.map(({ Create }) => Create));
    return { TableDescription: describe() };
  };
  const server = createServer(async (request, response) => {
    const operation = String(request.headers["x-amz-target"]).split(".")[1] ?? "";
    operations.push(operation);
    const body = JSON.parse(await text(request));
    const answer = operation === "UpdateTable" ? update(body) : { Table: describe() };
    if (operation === "DescribeTable" && looksUntilActive !== undefined) looksUntilActive--;
    const isRefused = typeof answer === "string";
    response.writeHead(isRefused ? 400 : 200, { "content-type": "application/x-amz-json-1.0" });
    response.end(
      JSON.stringify(isRefused ? { __type: `com.amazonaws.dynamodb.v20120810#${answer}` } : answer),
    );
  });
  return {
    url: await listening(server),
    operations,
    added,
    refuseNext: (refusal) => void refusals.push(refusal),
    close: () => closed(server),
  };
}
