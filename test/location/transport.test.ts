import { expect, test } from "vitest";
import type { ConnectionId } from "../../functions/location/ids.ts";
import { streamOf, type Transport, transportMark, transportOf } from "../../functions/location/transport.ts";

const idOf = (transport: Transport) =>
  `aOCjvZ04XKEhdteNGKlhCq_TgTrWZA${transportMark(transport)}` as ConnectionId;

test.each<[Transport, Transport | undefined, Transport | undefined]>([
  ["TCP", "TCP", "TCP"],
  ["TLS", "TLS", "TLS"],
  ["WSS", "WSS", undefined],
  ["WS", undefined, undefined],
])("the id of a connection over %s says so to whoever has it", (transport, said, stream) => {
  expect([transportOf(idOf(transport)), streamOf(idOf(transport))]).toEqual([said, stream]);
});

test.each(["L0SM9cOFvHcCIhw=", "", "tcp", "~", "abc~", "abc~udp", "~tcpx", "abc-tcp"])(
  "an id of others, as API Gateway's, says nothing: %j",
  (id) => {
    expect(transportOf(id as ConnectionId)).toBeUndefined();
  },
);
