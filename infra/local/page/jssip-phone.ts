import JsSIP from "jssip";
import type { IncomingEvent, OutgoingEvent, RTCSession } from "jssip/lib/RTCSession.js";
import type { RTCSessionEvent } from "jssip/lib/UA.js";
import { AUDIO_ONLY, PEER_CONNECTION, type StartPhone } from "./phone.ts";

/** A phone on JsSIP. */
export const startJsSipPhone: StartPhone = (account, events) => {
  const push = Object.entries(account.push).map(([name, value]) => `;${name}=${value}`);
  const user = account.address.slice("sip:".length, account.address.indexOf("@"));
  const socket = new JsSIP.WebSocketInterface(account.server);
  const ua = new JsSIP.UA({
    sockets: [socket],
    uri: account.address,
    password: account.password,
    instance_id: account.instance,
    contact_uri: `sip:${user}@phone.invalid;transport=ws${push.join("")}`,
    ...(account.expires === undefined ? {} : { register_expires: account.expires }),
    session_timers: false,
  });
  let session: RTCSession | undefined;

  const follow = (current: RTCSession) => {
    session = current;
    const over = (why: string) => {
      if (session !== current) return;
      session = undefined;
      events.ended(why);
    };
    current.on("progress", (event: IncomingEvent | OutgoingEvent) => {
      if (event.originator === "remote" && "response" in event) events.progress(event.response.reason_phrase);
    });
    current.on("confirmed", () => events.established(current.connection));
    current.on("ended", ({ cause }) => over(cause));
    current.on("failed", ({ cause }) => over(cause));
  };

  ua.on("disconnected", ({ error }) => {
    if (error) events.progress("The server went away; trying again");
  });
  ua.on("registered", ({ response }) => events.registered(response.getHeaders("Feature-Caps")));
  ua.on("registrationFailed", ({ cause, response }) =>
    events.failed(response?.reason_phrase || cause || "Registration failed", response?.status_code),
  );
  ua.on("newRTCSession", ({ session: current, originator }: RTCSessionEvent) => {
    if (originator !== "remote") return;
    if (session !== undefined) {
      current.terminate({ status_code: 486 });
      return;
    }
    follow(current);
    events.incoming(current.remote_identity.uri.toString());
  });
  ua.start();

  return {
    call: (address) => follow(ua.call(address, { mediaConstraints: AUDIO_ONLY, pcConfig: PEER_CONNECTION })),
    answer: () => session?.answer({ mediaConstraints: AUDIO_ONLY, pcConfig: PEER_CONNECTION }),
    hangUp: () => session?.terminate(),
    drop: () => {
      session = undefined;
      ua.removeAllListeners();
      // The socket first: a phone without one cannot unregister when it is stopped.
      socket.disconnect();
      ua.stop();
    },
  };
};
