const WIDTH = 40;

/** A bar on a terminal that is redrawn as something gets on; nothing where there is no terminal. */
export class ProgressBar {
  readonly #terminal: NodeJS.WriteStream;
  readonly #total: number;
  #drawn = "";

  /** `total` is what there is to do; it stands behind the bar. */
  constructor(terminal: NodeJS.WriteStream, total: number) {
    this.#terminal = terminal;
    this.#total = total;
    this.show(0);
  }

  show(done: number): void {
    const part = this.#total === 0 ? 1 : Math.min(done / this.#total, 1);
    const filled = Math.round(part * WIDTH);
    const percent = String(Math.floor(part * 100)).padStart(3);
    const bar = `[${"#".repeat(filled)}${"-".repeat(WIDTH - filled)}] ${percent} % of ${this.#total}`;
    if (bar === this.#drawn || !this.#terminal.isTTY) return;
    this.#drawn = bar;
    this.#terminal.write(`\r${bar}`);
  }

  /** Leaves an empty line behind, for whatever is said next. */
  clear(): void {
    if (this.#drawn !== "") this.#terminal.write("\r\x1b[K");
    this.#drawn = "";
  }
}
