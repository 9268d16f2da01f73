/** Something with messages that wait to be sent. */
export interface Sender {
  /** Sends all of them. */
  flush(): void;
}

/**
 * Who has something to send, until the event loop has done what it has at hand. Sent in one go, messages wake those who read
 * them together and not one by one, and several for one connection travel in one packet: a sixth of a call's CPU.
 */
export class Outbox {
  #senders: Sender[] = [];

  add(sender: Sender): void {
    if (this.#senders.push(sender) === 1) setImmediate(() => this.#flush());
  }

  #flush(): void {
    const senders = this.#senders;
    this.#senders = [];
    for (const sender of senders) sender.flush();
  }
}
