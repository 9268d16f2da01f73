import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deviceOf, flowKey, instanceOf } from "../../functions/location/device.ts";
import { withoutConnection, withoutFlow } from "../../functions/location/ended-flow.ts";
import type { BindingKey } from "../../functions/location/ids.ts";
import { flowTo, isBetter } from "../../functions/location/location.ts";
import { at, binding, keysOf, NOW, TOKEN, ws } from "./a-binding.ts";

// A device and its flows (RFC 5626 §3.2, §7).

const FIRST = "<urn:uuid:1>;1" as BindingKey;
const SECOND = "<urn:uuid:1>;2" as BindingKey;
const OTHER = "<urn:uuid:2>;1" as BindingKey;
const NAMELESS = "v3WZJ6CWmVQ4ywFc" as BindingKey;

describe("a device's keys", () => {
  test("are one for each flow, and share the device", () => {
    expect([flowKey("<urn:uuid:1>", 1), flowKey("<urn:uuid:1>", 2)]).toEqual([FIRST, SECOND]);
    expect([deviceOf(FIRST), deviceOf(SECOND)]).toEqual(["<urn:uuid:1>", "<urn:uuid:1>"]);
    expect(deviceOf(OTHER)).not.toBe(deviceOf(FIRST));
  });

  test("of a device without outbound are one, and the device is the same with and without", () => {
    expect(deviceOf(flowKey("<urn:uuid:1>", undefined))).toBe(deviceOf(FIRST));
    expect(flowKey("<urn:uuid:1>", undefined)).not.toBe(FIRST);
  });

  test("of a device that does not name itself stand for the device", () => {
    expect(deviceOf(NAMELESS)).toBe(NAMELESS);
    expect(instanceOf(NAMELESS)).toBeUndefined();
  });

  test("tell its instance, without brackets, whatever is in it", () => {
    const instance = fc.string({ unit: fc.constantFrom(..."urn:id;=%@,<&"), minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(instance, fc.option(fc.nat(), { nil: undefined }), (name, regId) => {
        const key = flowKey(`<${name}>`, regId);
        expect(instanceOf(key)).toBe(name);
        expect(deviceOf(key)).toBe(`<${name}>`);
      }),
    );
  });
});

describe("the way to a device", () => {
  const online = (key: BindingKey, refreshedAt = NOW) => binding(key, { connection: ws(key), refreshedAt });
  const asleep = (key: BindingKey, refreshedAt = NOW) => binding(key, { push: TOKEN, refreshedAt });

  test("is its flow that registered last, of those that are online (RFC 5626 §7)", () => {
    const location = at(online(FIRST, NOW + 1), online(SECOND, NOW + 2), online(OTHER, NOW + 3));
    for (const key of [FIRST, SECOND]) expect(flowTo(location, key)?.key).toBe(SECOND);
    expect(flowTo(at(online(FIRST, NOW + 2), online(SECOND, NOW + 1)), SECOND)?.key).toBe(FIRST);
  });

  test("is one that is online rather than one that sleeps, however long ago it registered", () => {
    for (const location of [
      at(online(FIRST), asleep(SECOND, NOW + 9)),
      at(asleep(SECOND, NOW + 9), online(FIRST)),
    ]) {
      expect(flowTo(location, SECOND)?.key).toBe(FIRST);
    }
  });

  test("is the one that registered last if all sleep", () => {
    expect(flowTo(at(asleep(FIRST), asleep(SECOND, NOW + 1)), FIRST)?.key).toBe(SECOND);
  });

  test("is another flow when its own is gone, and none when the device is", () => {
    expect(flowTo(at(online(OTHER), online(SECOND)), FIRST)?.key).toBe(SECOND);
    expect(flowTo(at(online(OTHER)), FIRST)).toBeUndefined();
  });

  test("is its own binding for a device that does not name itself", () => {
    const location = at(online(FIRST), online(NAMELESS));
    expect(flowTo(location, NAMELESS)?.key).toBe(NAMELESS);
    expect(flowTo(at(online(FIRST)), NAMELESS)).toBeUndefined();
  });

  test("is chosen by an order: of two flows one is better, or neither", () => {
    const flow = fc
      .tuple(fc.boolean(), fc.integer({ min: 0, max: 3 }))
      .map(([isOnline, age]) => (isOnline ? online(FIRST, NOW + age) : asleep(FIRST, NOW + age)));
    fc.assert(
      fc.property(flow, flow, flow, (one, other, third) => {
        expect(isBetter(one, one)).toBe(false);
        expect(isBetter(one, other) && isBetter(other, one)).toBe(false);
        if (isBetter(one, other) && isBetter(other, third)) expect(isBetter(one, third)).toBe(true);
      }),
    );
  });

  test("is what nothing else of the device is better than", () => {
    const flows = fc.uniqueArray(
      fc.record({ regId: fc.integer({ min: 1, max: 9 }), age: fc.nat(9), isOnline: fc.boolean() }),
      { selector: ({ regId }) => regId, minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(flows, (given) => {
        const bindings = given.map(({ regId, age, isOnline }) => {
          const key = flowKey("<urn:uuid:1>", regId);
          return isOnline ? online(key, NOW + age) : asleep(key, NOW + age);
        });
        const chosen = flowTo(at(online(OTHER, NOW + 99), ...bindings), FIRST);
        expect(bindings).toContain(chosen);
        for (const one of bindings) expect(chosen && isBetter(one, chosen)).toBe(false);
      }),
    );
  });
});

describe("a flow that has failed beyond its connection (430)", () => {
  const edge = ws("edge");
  const location = at(binding(FIRST, { connection: edge }), binding(SECOND, { connection: edge }));

  test("is gone, and the device's other flows over the same connection are not (RFC 5626 §7)", () => {
    expect(keysOf(withoutFlow(location, FIRST, edge))).toEqual([SECOND]);
  });

  test("is left alone if it has moved to another connection meanwhile, or is not there", () => {
    expect(withoutFlow(location, FIRST, ws("elsewhere"))).toBe(location);
    expect(withoutFlow(location, OTHER, edge)).toBe(location);
  });

  test("unlike a connection that has ended, which takes all flows that used it, whoever they belong to (§7)", () => {
    const shared = at(...location.bindings, binding(OTHER, { connection: edge, push: TOKEN }));
    expect(withoutConnection(shared, edge).bindings).toEqual([binding(OTHER, { push: TOKEN })]);
  });
});
