/** What AWS may do to us and seldom does. Shares are of 1; all 0 is a cloud in which everything goes well. */
export interface TwinFaults {
  /** The same seed, and the same order of what happens, gives the same faults. */
  readonly seed: number;
  /** Of the frames of clients, those that are held back while later ones pass. */
  readonly reordered: number;
  /** For at most so many ms. */
  readonly heldBack: number;
  /** Of the `$disconnect` events, those that never come ("best-effort"). */
  readonly droppedDisconnects: number;
  /** And those that come late, by at most `disconnectDelay` ms. */
  readonly lateDisconnects: number;
  readonly disconnectDelay: number;
  /** Of the queues' messages, those that come once more although they were handled. */
  readonly redelivered: number;
  /** Of the `@connections` POSTs, those that are answered 429. */
  readonly throttledPosts: number;
  /** And those that are answered 410, whoever is there. */
  readonly gonePosts: number;
}

export const NO_FAULTS: TwinFaults = {
  seed: 1,
  reordered: 0,
  heldBack: 50,
  droppedDisconnects: 0,
  lateDisconnects: 0,
  disconnectDelay: 1_000,
  redelivered: 0,
  throttledPosts: 0,
  gonePosts: 0,
};

/** The faults that a JSON object names: `{"seed": 7, "reordered": 0.2}`. Throws for what is none. */
export function faultsIn(text: string): TwinFaults {
  const given = JSON.parse(text) as Readonly<Record<string, unknown>>;
  for (const [name, value] of Object.entries(given)) {
    if (!(name in NO_FAULTS))
      throw new Error(`${name} is no fault: ${Object.keys(NO_FAULTS).join(", ")} are`);
    if (typeof value !== "number") throw new Error(`${name} must be a number`);
  }
  return { ...NO_FAULTS, ...given };
}
