import type { Gateway } from "../../functions/gateway/gateway.ts";

/** The same stories; `tell` is told the name of each connection (`?line=`) whose end they have dealt with. */
export function noticing(stories: Gateway, tell: (line: string) => void): Gateway {
  const names = new Map<string, string>();
  return {
    ...stories,
    connect: (event) => {
      const name = event.queryStringParameters?.["line"];
      if (name !== undefined) names.set(event.requestContext.connectionId, name);
      return stories.connect(event);
    },
    disconnect: async (event) => {
      const { connectionId } = event.requestContext;
      const result = await stories.disconnect(event);
      const name = names.get(connectionId);
      names.delete(connectionId);
      if (name !== undefined) tell(name);
      return result;
    },
  };
}
