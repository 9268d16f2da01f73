/** How many orders of each group are played in CI; `npm run races` plays more. */
export const RUNS = Number(process.env["RACES_RUNS"] ?? 10_000);
/** The same orders each time, unless it is said. */
export const SEED = Number(process.env["RACES_SEED"] ?? 20_261_123);
/** Slow machines take a while for them, in ms. */
export const TIMEOUT = 900_000;
