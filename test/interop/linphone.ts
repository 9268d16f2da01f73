import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { passingFolder } from "../support/stack.ts";
import { linphonerc, type Media } from "./linphonerc.ts";
import { loudest, tone } from "./wav.ts";

/** Longer than any call of a test. */
const SPEECH_SECONDS = 60;
/** Far more than noise: a sample goes to 32,768. */
const LOUD = 1_000;

/** Linphone's phone for the terminal (`linphonec`), a process with an account and no microphone. */
export class Linphone {
  readonly #process: ChildProcess;
  readonly #recording: string;
  /** What it has said since it was last listened to. */
  #said = "";

  private constructor(child: ChildProcess, recording: string) {
    this.#process = child;
    this.#recording = recording;
    child.stdout?.on("data", (chunk) => {
      this.#said += chunk;
    });
  }

  /** Starts it; it connects over TCP to a port of this machine and registers by itself. It ends with the test. */
  static start(user: string, port: number, media: Media = "plain"): Linphone {
    const home = passingFolder();
    const file = join(home, "linphonerc");
    // Where it wants its data base to be.
    mkdirSync(join(home, ".local/share/linphone"), { recursive: true });
    writeFileSync(file, linphonerc(user, port, media, home));
    const child = spawn("linphonec", ["-c", file], {
      env: { PATH: process.env["PATH"], HOME: home, LANG: "C" },
      stdio: ["pipe", "pipe", "ignore"],
    });
    const recording = join(home, "heard.wav");
    const phone = new Linphone(child, recording);
    onTestFinished(() => phone.die());
    // It talks and listens by files: machines like this one have no sound card.
    const speech = join(home, "speech.wav");
    writeFileSync(speech, tone(SPEECH_SECONDS));
    phone.type("soundcard use files");
    phone.type(`play ${speech}`);
    phone.type(`record ${recording}`);
    return phone;
  }

  /** What somebody types who uses it: `answer`, `call URI`, `terminate`. */
  type(command: string): void {
    this.#process.stdin?.write(`${command}\n`);
  }

  /** When it has said this on its terminal, since whatever it was waited for before. */
  async says(what: string): Promise<void> {
    while (!this.#said.includes(what)) await once(this.#process.stdout ?? this.#process, "data");
    this.#said = this.#said.slice(this.#said.indexOf(what) + what.length);
  }

  /** When it has heard more than silence. */
  async hears(): Promise<void> {
    const heard = () => (existsSync(this.#recording) ? loudest(readFileSync(this.#recording)) : 0);
    await expect.poll(heard, { timeout: 30_000, interval: 100 }).toBeGreaterThan(LOUD);
  }

  /** Ends without a word to anybody, as by a flat battery. */
  async die(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#process.kill("SIGKILL");
    await once(this.#process, "close");
  }
}
