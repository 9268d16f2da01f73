import { startTwin, type Twin, type TwinOptions } from "../../infra/local/twin/twin.ts";

/** What each test has of its own on a twin that others had before. */
export type Wishes = Required<Pick<TwinOptions, "clock" | "faults" | "hear" | "complain">>;

/** What a twin is started with, and cannot be changed. */
export type Settings = Omit<TwinOptions, keyof Wishes>;

interface Kept {
  readonly settings: string;
  readonly twin: Twin;
  serve(wishes: Wishes): Promise<void>;
}

/** The last one that was given back: starting the functions' processes takes longer than most stories. */
let kept: Kept | undefined;

/**
 * A twin for one test: as if it had just been started, though its functions may be warm. `giveBack` ends its connections and lets its
 * functions finish; what they do wrong meanwhile is told still. One with a folder for its tables is not used again.
 */
export async function borrowTwin(
  settings: Settings,
  wishes: Wishes,
): Promise<{ readonly twin: Twin; giveBack(): Promise<void> }> {
  const wanted = JSON.stringify(settings);
  const found = kept;
  kept = undefined;
  if (found?.settings === wanted) await found.serve(wishes);
  else await found?.twin.close();
  const lent = found?.settings === wanted ? found : await started(settings, wishes);
  const giveBack = async () => {
    if (settings.tables !== undefined) return lent.twin.close();
    await lent.twin.renew({});
    await kept?.twin.close();
    kept = lent;
  };
  return { twin: lent.twin, giveBack };
}

/** Ends the one that is kept. */
export async function closeKeptTwin(): Promise<void> {
  await kept?.twin.close();
  kept = undefined;
}

async function started(settings: Settings, wishes: Wishes): Promise<Kept> {
  let now = wishes;
  const twin = await startTwin({
    ...settings,
    faults: wishes.faults,
    clock: () => now.clock(),
    hear: (name, line) => now.hear(name, line),
    complain: (words) => now.complain(words),
  });
  const serve = (next: Wishes) => {
    now = next;
    return twin.renew(next.faults);
  };
  return { settings: JSON.stringify(settings), twin, serve };
}
