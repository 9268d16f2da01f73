import type { Memory } from "./protocol.ts";

/** How fast each kind of memory grows, by least squares, in KB a minute; undefined for what was not measured. */
export interface Slopes {
  readonly rss: number | undefined;
  readonly anonymous: number | undefined;
  readonly heap: number | undefined;
}

/** Of the second half of the samples: by then what is cached has been met. */
export function slopes(memory: readonly Memory[]): Slopes {
  const half = memory.slice(Math.floor(memory.length / 2));
  return { rss: slope(half, "rss"), anonymous: slope(half, "anonymous"), heap: slope(half, "heap") };
}

function slope(samples: readonly Memory[], what: keyof Slopes): number | undefined {
  const points = samples.flatMap((sample) => {
    const octets = sample[what];
    return octets === undefined ? [] : [{ minute: sample.at / 60_000, size: octets / 1_024 }];
  });
  const [time, size] = [mean(points.map(({ minute }) => minute)), mean(points.map((point) => point.size))];
  let [over, under] = [0, 0];
  for (const point of points) {
    const away = point.minute - time;
    over += away * (point.size - size);
    under += away * away;
  }
  return under === 0 ? undefined : over / under;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
