import type { Dice } from "../fuzz/dice.ts";
import type { Plan } from "./call.ts";
import type { Phone } from "./phone.ts";

/** What somebody does, and how often as against the others. */
const DEEDS = {
  call: 40,
  message: 15,
  refresh: 12,
  subscribe: 3,
  sleep: 16,
  restart: 3,
  lose: 6,
  freeze: 3,
  leave: 3,
} as const;

type Deed = keyof typeof DEEDS;

const ALL: readonly Deed[] = Object.entries(DEEDS).flatMap(([deed, times]) =>
  Array<Deed>(times).fill(deed as Deed),
);
const PLANS: readonly Plan[] = [
  "answer",
  "answer",
  "answer",
  "answer",
  "decline",
  "busy",
  "ring",
  "ring",
  "ring",
];

/** How many of what is done there are for a call. */
export const DEEDS_A_CALL = ALL.length / DEEDS.call;

/** Something that somebody does; nothing if nobody can. */
export function doSomething(phones: readonly Phone[], users: readonly string[], dice: Dice): void {
  const deed = dice.pick(ALL);
  const able = phones.filter((phone) => (deed === "restart" ? phone.goal !== "awake" : phone.isThere));
  if (able.length === 0) return;
  const phone = dice.pick(able);
  const how = dice.pick(["close", "reset"] as const);
  switch (deed) {
    case "restart":
      return void phone.restart();
    case "call":
      return void place(phone, someoneElse(phone, phones, users, dice), dice);
    case "message":
      return void phone.message(dice.pick(users));
    case "refresh":
      return void phone.refresh();
    case "subscribe":
      return void phone.subscribe();
    case "sleep":
      return void phone.sleep(how);
    case "lose":
      return void phone.lose(how);
    case "freeze":
      return void phone.freeze(500 + dice.below(6_000));
    case "leave":
      return void phone.leave();
  }
}

/** Every other call is for a phone that sleeps, if there is one. */
function someoneElse(phone: Phone, phones: readonly Phone[], users: readonly string[], dice: Dice): string {
  const sleeping = phones.filter(
    ({ goal, push, user }) => goal === "asleep" && push !== "none" && user !== phone.user,
  );
  if (sleeping.length > 0 && dice.below(2) === 0) return dice.pick(sleeping).user;
  return dice.pick(users.filter((user) => user !== phone.user));
}

/** Some give up at once, some while it rings, and some wait for whatever comes. */
function place(phone: Phone, user: string, dice: Dice): void {
  const plan = dice.pick(PLANS);
  const ringing = dice.below(10) === 0 ? 3_000 + dice.below(3_000) : dice.below(800);
  const isPatient = dice.below(4) > 0;
  const patience =
    plan === "ring" && dice.below(2) > 0 ? dice.below(4_000) : isPatient ? undefined : dice.below(1_500);
  phone.call(user, plan, ringing, patience);
}
