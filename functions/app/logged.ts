import { logFault } from "../fault.ts";
import type { App } from "./app.ts";

/**
 * Does what must not fail the story that it is a part of: what follows once a request is answered, or is its fork's to answer,
 * where a fault would make a second answer. It is logged. Never rejects.
 */
export async function logged(app: App, what: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    logFault(app.log, what, error);
  }
}
