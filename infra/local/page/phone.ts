/** Who a phone is, and where it registers. */
export interface Account {
  /** `sip:alice@localhost` */
  readonly address: string;
  readonly password: string;
  /** The WebSocket URL of the registrar. */
  readonly server: string;
  /** The device, the same for its whole life (`+sip.instance`, RFC 5626 §4.1). */
  readonly instance: string;
  /** Where its pushes go: the Contact's pn-* parameters (RFC 8599 §6). */
  readonly push: { readonly provider: string; readonly param: string; readonly prid: string };
}

/** What a running phone tells. */
interface PhoneEvents {
  registered(): void;
  /** The server said no, or could not be reached. The phone is of no more use. */
  failed(why: string): void;
  /** Somebody calls. */
  incoming(from: string): void;
  /** The call that it makes gets on: `Ringing`, `Queued`. */
  progress(what: string): void;
  established(connection: RTCPeerConnection): void;
  /** No call any more, whoever ended it. */
  ended(why: string): void;
}

/** A phone while its app runs: from its registration until it is dropped. One call at a time. */
export interface Phone {
  call(address: string): void;
  answer(): void;
  /** Ends the call: rejects it, gives it up or hangs up, whichever it is time for. */
  hangUp(): void;
  /** Drops the socket and forgets everything, without a word to the server: what iOS does to an app. */
  drop(): void;
}

/** Registers a phone. */
export type StartPhone = (account: Account, events: PhoneEvents) => Phone;

/** Both phones are in this page: they find each other without the help of servers. */
export const PEER_CONNECTION: RTCConfiguration = { iceServers: [] };

export const AUDIO_ONLY: MediaStreamConstraints = { audio: true, video: false };
