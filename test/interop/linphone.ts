import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { passingFolder } from "../support/stack.ts";

/** Longer than any call of a test. */
const SPEECH_SECONDS = 60;

/** Linphone's phone for the terminal (`linphonec`), a process with an account and no microphone. */
export class Linphone {
  readonly #process: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#process = child;
  }

  /** Starts it; it connects over TCP to a port of this machine and registers by itself. It ends with the test. */
  static start(user: string, port: number): Linphone {
    const home = passingFolder();
    const file = join(home, "linphonerc");
    // Where it wants its data base to be.
    mkdirSync(join(home, ".local/share/linphone"), { recursive: true });
    writeFileSync(file, configuration(user, port));
    const child = spawn("linphonec", ["-c", file], {
      env: { PATH: process.env["PATH"], HOME: home, LANG: "C" },
      stdio: ["pipe", "ignore", "ignore"],
    });
    const phone = new Linphone(child);
    onTestFinished(() => phone.die());
    // It talks and listens by files: machines like this one have no sound card.
    const speech = join(home, "speech.wav");
    writeFileSync(speech, silence(SPEECH_SECONDS));
    phone.type("soundcard use files");
    phone.type(`play ${speech}`);
    return phone;
  }

  /** What somebody types who uses it: `answer`, `call URI`, `terminate`. */
  type(command: string): void {
    this.#process.stdin?.write(`${command}\n`);
  }

  /** Ends without a word to anybody, as by a flat battery. */
  async die(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#process.kill("SIGKILL");
    await once(this.#process, "close");
  }
}

/** -2 is Linphone's word for a port of the system's choice, and -1 for one at random. */
function configuration(user: string, port: number): string {
  return `[sip]
sip_port=0
sip_tcp_port=-2
sip_tls_port=0
media_encryption=none

[rtp]
audio_rtp_port=-1

[auth_info_0]
username=${user}
passwd=sipwake
realm=localhost

[proxy_0]
reg_proxy=<sip:127.0.0.1:${port};transport=tcp>
reg_route=<sip:127.0.0.1:${port};transport=tcp>
reg_identity=sip:${user}@localhost
reg_expires=600
reg_sendregister=1
publish=0
`;
}

/** A WAV file: one channel, 8,000 samples of 16 bits a second. */
function silence(seconds: number): Buffer {
  const [rate, width] = [8_000, 2];
  const length = seconds * rate * width;
  const head = Buffer.alloc(44);
  head.write("RIFF", 0);
  head.writeUInt32LE(36 + length, 4);
  head.write("WAVEfmt ", 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate * width, 28);
  head.writeUInt16LE(width, 32);
  head.writeUInt16LE(8 * width, 34);
  head.write("data", 36);
  head.writeUInt32LE(length, 40);
  return Buffer.concat([head, Buffer.alloc(length)]);
}
