import { describe, expect, test } from "vitest";
import { everyOrder } from "./model.ts";
import { SMALL } from "./model-scenes.ts";
import { BROKEN } from "./mutations.ts";

// Location, fork and connection records, two devices, two connections, one call: every order in which the functions' calls of ports
// can be made, and that each rule of the race table is needed.

describe("whatever the order of the calls of ports", () => {
  test.each(SMALL.map((scene) => [scene.name, scene] as const))("%s", async (_, scene) => {
    const { counterexample, orders } = await everyOrder(scene, scene.options);
    expect(told(counterexample)).toBe("");
    expect(orders).toBeGreaterThan(0);
  });

  test("orders that differ only in calls that commute lead to the same", async () => {
    for (const name of [
      "a first REGISTER, $disconnect of its connection (c)",
      "two REGISTERs of one Call-ID, over two connections (d)",
    ]) {
      const scene = named(name);
      const reduced = await everyOrder(scene, scene.options);
      const all = await everyOrder(scene, scene.options, { isReduced: false });
      expect(reduced.outcomes).toEqual(all.outcomes);
      expect(all.orders).toBeGreaterThan(2 * reduced.orders);
    }
  });
});

describe("what is found out when a rule is broken on purpose", () => {
  test.each(BROKEN.map((broken) => [broken.rule, broken.by, broken.scene, broken] as const))(
    "%s — broken: %s — fails: %s",
    async (_rule, _by, name, { mutation }) => {
      const scene = named(name);
      const { counterexample } = await everyOrder(scene, { ...scene.options, mutation });
      expect(counterexample?.wrongs ?? []).not.toEqual([]);
    },
  );
});

function named(name: string) {
  const scene = SMALL.find((candidate) => candidate.name === name);
  if (scene === undefined) throw new Error(`there is no scene "${name}"`);
  return scene;
}

/** The whole story, as that is what one wants to read when it fails. */
function told(
  counterexample: { readonly wrongs: readonly string[]; readonly story: readonly string[] } | undefined,
) {
  return counterexample === undefined
    ? ""
    : ["", ...counterexample.story, ...counterexample.wrongs].join("\n");
}
