import { type Played, play, type Scene } from "./scene.ts";
import { type Choose, commute, type Task } from "./schedule.ts";
import type { WorldOptions } from "./world.ts";

/** What came of telling a scene in every order. */
export interface Model {
  /** How many orders there are that may lead to something else. */
  readonly orders: number;
  /** What the records held in the end, each once. */
  readonly outcomes: ReadonlySet<string>;
  /** The first story in which something does not hold. */
  readonly counterexample:
    | { readonly wrongs: readonly string[]; readonly story: readonly string[] }
    | undefined;
}

/** A point of a story where somebody was chosen. */
interface Fork {
  readonly tasks: readonly Task[];
  /** Those whose turn need not come here: what they lead to was seen elsewhere. */
  readonly asleep: readonly Task[];
  readonly tried: Task[];
  chosen: Task;
}

/**
 * Plays a scene in every order in which the calls of ports can be made by the functions that it sets going: depth first, each time
 * from the start, which is possible since a story is nothing but its choices. Of orders that differ only in calls that commute (of different
 * records, or that only read) one is played: *sleep sets* (Godefroid, 1996). Ends with the first counterexample.
 */
export async function everyOrder(
  scene: Scene,
  options: WorldOptions = {},
  { limit = 20_000, isReduced = true } = {},
): Promise<Model> {
  const path: Fork[] = [];
  const outcomes = new Set<string>();
  const isSame = isReduced ? commute : () => false;
  for (let orders = 0; orders < limit; ) {
    const played = await playAlong(scene, path, options, isSame);
    if (played !== undefined) {
      orders++;
      outcomes.add(outcomeOf(played));
    }
    if (played !== undefined && played.wrongs.length > 0) {
      const { cast } = (await playAlong(scene, path, { ...options, isTold: true }, isSame)) ?? played;
      const { story } = cast.world;
      return {
        orders,
        outcomes,
        counterexample: { wrongs: played.wrongs, story: [`— ${scene.name} —`, ...story] },
      };
    }
    if (!turned(path)) return { orders, outcomes, counterexample: undefined };
  }
  throw new Error(`${scene.name} has more than ${limit} orders`);
}

/** Plays along a path, and on to its end. Undefined if that turns out to be an order that was played. */
async function playAlong(
  scene: Scene,
  path: Fork[],
  options: WorldOptions,
  isSame: typeof commute,
): Promise<Played | undefined> {
  let depth = 0;
  let isKnown = false;
  const choose: Choose = (tasks) => {
    const here = path[depth] ?? fork(tasks, path[depth - 1], isSame);
    if (here === undefined) {
      isKnown = true;
      return "enough";
    }
    path[depth++] = here;
    return tasks.findIndex(({ id }) => id === here.chosen.id);
  };
  const played = await play(scene, choose, { ...options, isForPorts: true });
  return isKnown ? undefined : played;
}

/** Undefined if whatever may come here was seen elsewhere. */
function fork(tasks: readonly Task[], before: Fork | undefined, isSame: typeof commute): Fork | undefined {
  const asleep =
    before === undefined
      ? []
      : [...before.asleep, ...before.tried].filter(
          (task) => task !== before.chosen && isSame(task, before.chosen),
        );
  const chosen = tasks.find((task) => !has(asleep, task));
  return chosen && { tasks, asleep, tried: [], chosen };
}

/** Turns the path to the next order; false if there is none. */
function turned(path: Fork[]): boolean {
  for (let here = path.at(-1); here !== undefined; here = path.at(-1)) {
    const { tasks, asleep, tried, chosen } = here;
    tried.push(chosen);
    const next = tasks.find((task) => !has(asleep, task) && !has(tried, task));
    if (next !== undefined) {
      here.chosen = next;
      return true;
    }
    path.pop();
  }
  return false;
}

function has(tasks: readonly Task[], { id }: Task): boolean {
  return tasks.some((task) => task.id === id);
}

function outcomeOf({ cast: { world, caller } }: Played): string {
  const { locations, connections } = world.shelves;
  const finals = caller.calls.map((call) => call.finals.map(({ status }) => status));
  return JSON.stringify([locations.values(), connections.values(), finals]);
}
