import {
  type Invitation,
  Inviter,
  Registerer,
  type Session,
  SessionState,
  UserAgent,
  type Web,
} from "sip.js";
import { AUDIO_ONLY, PEER_CONNECTION, type StartPhone } from "./phone.ts";

const MEDIA = { sessionDescriptionHandlerOptions: { constraints: AUDIO_ONLY } };

/** A phone on SIP.js. */
export const startSipJsPhone: StartPhone = (account, events) => {
  const uri = UserAgent.makeURI(account.address);
  if (uri === undefined) throw new Error(`${account.address} is not a SIP address`);
  const agent = new UserAgent({
    uri,
    authorizationUsername: uri.user ?? "",
    authorizationPassword: account.password,
    transportOptions: { server: account.server },
    instanceId: account.instance,
    instanceIdAlwaysAdded: true,
    contactName: uri.user ?? "",
    contactParams: { transport: "ws", ...account.push },
    // A phone that iOS stops does not unregister.
    gracefulShutdown: false,
    sessionDescriptionHandlerFactoryOptions: { peerConnectionConfiguration: PEER_CONNECTION },
    logLevel: "error",
    delegate: {
      // Without an error it was us.
      onDisconnect: (error) => {
        if (error !== undefined) events.failed("The server went away");
      },
      onInvite: (invitation) => {
        if (session !== undefined) {
          void invitation.reject({ statusCode: 486 });
          return;
        }
        follow(invitation);
        events.incoming(invitation.remoteIdentity.uri.toString());
      },
    },
  });
  let session: Session | undefined;
  const failed = (error: unknown) => events.failed(messageOf(error));

  const follow = (current: Session) => {
    session = current;
    current.stateChange.addListener((state) => {
      if (session !== current) return;
      if (state === SessionState.Established) {
        const { peerConnection } = current.sessionDescriptionHandler as Web.SessionDescriptionHandler;
        if (peerConnection !== undefined) events.established(peerConnection);
      } else if (state === SessionState.Terminated) {
        session = undefined;
        events.ended("Call ended");
      }
    });
  };

  const register = async () => {
    await agent.start();
    const { expires } = account;
    await new Registerer(agent, expires === undefined ? {} : { expires }).register({
      requestDelegate: {
        onAccept: ({ message }) => events.registered(message.getHeaders("Feature-Caps")),
        onReject: ({ message }) =>
          events.failed(message.reasonPhrase ?? "Registration failed", message.statusCode),
      },
    });
  };
  register().catch(failed);

  return {
    call: (address) => {
      const target = UserAgent.makeURI(address);
      if (target === undefined) return events.ended(`${address} is not a SIP address`);
      const inviter = new Inviter(agent, target, MEDIA);
      follow(inviter);
      inviter
        .invite({
          requestDelegate: {
            onProgress: ({ message }) => events.progress(message.reasonPhrase ?? ""),
            onReject: ({ message }) => events.progress(message.reasonPhrase ?? ""),
          },
        })
        .catch((error: unknown) => {
          session = undefined;
          events.ended(messageOf(error));
        });
    },
    answer: () => {
      const invitation = session as Invitation | undefined;
      // The microphone may be denied: then the caller hears a no, and not nothing.
      invitation?.accept(MEDIA).catch((error: unknown) => {
        events.progress(messageOf(error));
        void invitation.reject();
      });
    },
    hangUp: () => {
      switch (session?.state) {
        case SessionState.Initial:
        case SessionState.Establishing:
          void (session instanceof Inviter ? session.cancel() : (session as Invitation).reject());
          break;
        case SessionState.Established:
          void session.bye();
          break;
        default:
      }
    },
    drop: () => {
      session = undefined;
      void agent.stop();
    },
  };
};

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
