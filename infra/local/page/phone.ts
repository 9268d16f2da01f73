/** Who a phone is, and where it registers. */
export interface Account {
  /** `sip:alice@localhost` */
  readonly address: string;
  readonly password: string;
  /** The WebSocket URL of the registrar. */
  readonly server: string;
  /** The device, the same for its whole life (`+sip.instance`, RFC 5626 §4.1). */
  readonly instance: string;
  /** Where its pushes go: the Contact's pn-* parameters, escaped (RFC 8599 §4.1.1). */
  readonly push: PushParams;
  /** How long it asks to be registered, in seconds; as its library does, if it does not say. */
  readonly expires?: number;
}

export type PushParams = Readonly<Record<string, string>>;

/** What a running phone tells. */
interface PhoneEvents {
  /** With the values of the answer's Feature-Caps: what the server can do for phones that sleep (RFC 8599 §5.4). */
  registered(featureCaps: readonly string[]): void;
  /** The server said no, by this status, or could not be reached. The phone is of no more use. */
  failed(why: string, status?: number): void;
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
