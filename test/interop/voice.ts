import { createSocket } from "node:dgram";
import { once } from "node:events";
import { onTestFinished } from "vitest";

/** One end of a voice stream (RFC 3550) in PCMU, as a phone describes it that offers or answers. */
export interface Voice {
  /** SDP (RFC 8866). */
  readonly description: string;
  /** When a packet of the other side's voice has come. */
  heard(): Promise<void>;
}

/** Listens for voice on this machine; until the test ends. */
export async function voice(): Promise<Voice> {
  const socket = createSocket("udp4");
  onTestFinished(() => void socket.close());
  let packets = 0;
  socket.on("message", (packet) => {
    // Version 2, payload type 0; its RTCP comes to another port.
    if (packet[0] === 0x80 && ((packet[1] ?? 0) & 0x7f) === 0) packets++;
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  return {
    description: [
      "v=0",
      "o=- 1 1 IN IP4 127.0.0.1",
      "s=-",
      "c=IN IP4 127.0.0.1",
      "t=0 0",
      `m=audio ${port} RTP/AVP 0`,
      "a=rtpmap:0 PCMU/8000",
      "a=rtcp:9 IN IP4 127.0.0.1",
      "",
    ].join("\r\n"),
    heard: async () => {
      while (packets === 0) await once(socket, "message");
    },
  };
}
