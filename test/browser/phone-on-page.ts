import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";

/** A slow machine's time to get there. */
export const WITHIN = { timeout: 30_000, interval: 50 };

/** A phone on a page, used as people use it. */
export class PhoneOnPage {
  readonly root: Locator;

  /** `selector` names its panel. */
  constructor(page: Page, selector: string) {
    this.root = page.locator(selector);
  }

  press(button: string): Promise<void> {
    return this.root.getByRole("button", { name: button, exact: true }).click();
  }

  async is(state: string): Promise<void> {
    await expect.poll(() => this.root.getAttribute("data-state"), WITHIN).toBe(state);
  }

  /** Waits until more audio has come in, and gone out, than a call that carries none could count. */
  async hears(): Promise<void> {
    for (const counter of ["data-bytes-in", "data-bytes-out"]) {
      const counted = async () => Number(await this.root.getAttribute(counter));
      await expect.poll(counted, WITHIN).toBeGreaterThan(2_000);
    }
  }
}
