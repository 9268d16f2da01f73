import type { Dice } from "../fuzz/dice.ts";
import type { Call } from "./call.ts";
import type { Push } from "./device.ts";
import { Phone } from "./phone.ts";
import type { Place } from "./place.ts";

const PUSHES: readonly Push[] = ["fcm", "apns", "none"];

/** Those who use the server: users, of whom some have more than one phone. */
export interface People {
  readonly place: Place;
  readonly users: readonly string[];
  readonly phones: readonly Phone[];
  devicesOf(user: string): readonly Phone[];
  /** A push service has sent one to this token. */
  pushed(token: string): void;
  /** The server has dealt with the end of this connection of one of the phones. */
  noticed(line: string): void;
}

/** What happens to people, told to somebody. */
export interface Witness {
  wrong(what: string): void;
  count(what: string): void;
}

/** So many phones, none of them there yet. */
export function people(count: number, dice: Dice, port: () => number, witness: Witness): People {
  const users = Array.from({ length: Math.ceil(count * 0.75) }, (_, n) => `u${n}`);
  const place: Place = {
    wrong: (what) => witness.wrong(what),
    count: (what) => witness.count(what),
    dice,
    port,
    calls: new Map(),
    messages: new Map(),
    isSteady: ({ caller, user, placedAt }: Call) => {
      const devices = devicesOf(user);
      const canBeReached = devices.some(
        ({ goal, push }) => goal === "awake" || (goal === "asleep" && push !== "none"),
      );
      return canBeReached && [caller, ...devices].every((phone) => phone.isSteadySince(placedAt));
    },
  };
  const phones = Array.from(
    { length: count },
    (_, n) => new Phone(place, `p${n}`, users[n % users.length] ?? "", PUSHES[n % PUSHES.length] ?? "none"),
  );
  const byToken = new Map(phones.map((phone) => [phone.token, phone]));
  const byName = new Map(phones.map((phone) => [phone.name, phone]));
  const byUser = new Map(users.map((user) => [user, phones.filter((phone) => phone.user === user)]));
  const devicesOf = (user: string) => byUser.get(user) ?? [];
  return {
    place,
    users,
    phones,
    devicesOf,
    pushed: (token) => byToken.get(token)?.pushed(),
    noticed: (line) => byName.get(line.split(".")[0] ?? "")?.noticed(line),
  };
}
