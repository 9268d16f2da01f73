import { expect, test } from "vitest";
import type { BindingKey } from "../../functions/location/ids.ts";
import { type Happening, happening } from "../../functions/proxy/happening.ts";
import { wakeTimes } from "../../functions/proxy/wake-times.ts";

const [PHONE, TABLET] = ["phone", "tablet"] as [BindingKey, BindingKey];

function at(ms: number, what: Happening["what"], device?: BindingKey): Happening {
  return happening(ms, what, device);
}

test.each<[string, Happening[], number[]]>([
  ["nobody was pushed", [at(0, "called"), at(5, "invited", PHONE)], []],
  ["a phone was pushed and has not come", [at(10, "pushed", PHONE), at(25_000, "timed out", PHONE)], []],
  [
    "a phone came",
    [at(10, "pushed", PHONE), at(2_010, "registered", PHONE), at(2_010, "invited", PHONE)],
    [2_000],
  ],
  [
    "a phone came and moved on: the first time counts",
    [at(10, "pushed", PHONE), at(1_010, "invited", PHONE), at(4_000, "invited", PHONE)],
    [1_000],
  ],
  [
    "a phone was pushed twice: it was woken by the first",
    [at(10, "pushed", PHONE), at(500, "pushed", PHONE), at(1_010, "invited", PHONE)],
    [1_000],
  ],
  [
    "two phones came, the later one first",
    [
      at(0, "pushed", PHONE),
      at(1, "pushed", TABLET),
      at(3_001, "invited", TABLET),
      at(4_000, "invited", PHONE),
    ],
    [3_000, 4_000],
  ],
  [
    "a phone that looked online was invited, and pushed as it was silent",
    [at(0, "invited", PHONE), at(2_000, "pushed", PHONE)],
    [],
  ],
])("wake times where %s", (_where, history, times) => {
  expect(wakeTimes(history)).toEqual(times);
});
