import type { IncomingMessage, ServerResponse } from "node:http";
import { type ConnectionHolder, connectionsApi, refuse } from "../../../edge/connections-api.ts";
import type { Dice } from "../dice.ts";
import type { TwinFaults } from "../faults.ts";
import { isGatewayId } from "./ids.ts";

export interface ManagementOptions {
  readonly stage: string;
  readonly holder: ConnectionHolder;
  /** Whether the client of this connection leaves too much unread. */
  readonly isFull: (id: string) => boolean;
  readonly dice: Dice;
  readonly faults: () => TwinFaults;
}

/**
 * API Gateway's `@connections`: what our own edge answers, and before that what only API Gateway does. It wants a signature, for the
 * right service at least, and the stage in the path; it tells ids that cannot be from those that are gone; and has a quota.
 */
export function management({ stage, holder, isFull, dice, faults }: ManagementOptions) {
  // Signatures are looked for here, and not verified.
  const held = connectionsApi(holder, () => () => true);
  return (request: IncomingMessage, response: ServerResponse) => {
    const [path = ""] = (request.url ?? "").split("?", 1);
    const prefix = `/${stage}/@connections/`;
    if (!path.startsWith(prefix)) return refuse(response, 403, "ForbiddenException");
    if (!(request.headers.authorization ?? "").includes("/execute-api/aws4_request")) {
      return refuse(response, 403, "MissingAuthenticationTokenException");
    }
    const id = decoded(path.slice(prefix.length));
    if (id === undefined || !isGatewayId(id)) return refuse(response, 400, "BadRequestException");
    if (request.method === "POST") {
      if (dice("gone post") < faults().gonePosts) return refuse(response, 410, "GoneException");
      if (dice("throttled post") < faults().throttledPosts || isFull(id)) {
        return refuse(response, 429, "LimitExceededException");
      }
    }
    held(request, response);
  };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
