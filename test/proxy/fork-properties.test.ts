import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ConnectionId } from "../../functions/location/ids.ts";
import { type Branch, isOpen } from "../../functions/proxy/branch.ts";
import { deadlineOf, endOfFork, type Fork } from "../../functions/proxy/fork.ts";
import type { ForkEffect, ForkEvent } from "../../functions/proxy/fork-event.ts";
import { step } from "../../functions/proxy/fork-step.ts";
import { NOW, subject, ws } from "./a-fork.ts";
import {
  comesBy,
  flowsOf,
  happenings,
  nameOf,
  played,
  response,
  type Scene,
  type Story,
  stillSet,
  targets,
  tell,
  timers,
  toTheEnd,
} from "./fork-story.ts";

// What must hold of a fork whatever happens to it, in whatever order, at whatever time (race catalogue f, g, h, k).

const RUNS = { numRuns: 2_000 };

function always(holds: (story: Story) => void, method = "INVITE"): void {
  fc.assert(
    fc.property(targets, happenings, (devices, told) => holds(tell(method, devices, told))),
    RUNS,
  );
}

function isSuccess(effect: ForkEffect): boolean {
  return effect.type === "relay" && effect.octets.startsWith("SIP/2.0 2");
}

/** All that was done, with the state that it was done in; what the opening asked for comes first. */
function deeds({ opened, openingEffects, scenes }: Story): readonly (readonly [ForkEffect, Fork, Scene?])[] {
  return [
    ...openingEffects.map((effect) => [effect, opened] as const),
    ...scenes.flatMap((scene) => scene.effects.map((effect) => [effect, scene.fork, scene] as const)),
  ];
}

describe("what the caller gets (RFC 3261 §16.7)", () => {
  test("at most one failure, always the same, never after a 2xx, and never once it is known to be sent", () => {
    always(({ scenes }) => {
      const failures = new Set<string>();
      let isSilent = false;
      for (const { before, event, effects } of scenes) {
        isSilent ||= event.type === "answered" && before.final !== undefined;
        for (const effect of effects) {
          if (effect.type === "answer") {
            expect(isSilent, "a failure too many").toBe(false);
            failures.add(JSON.stringify(effect.answer));
          }
          isSilent ||= isSuccess(effect);
        }
      }
      expect(failures.size).toBeLessThanOrEqual(1);
    });
  });

  test("in the end exactly one failure, or a 2xx", () => {
    always((story) => {
      const scenes = toTheEnd(story);
      const effects = scenes.flatMap((scene) => scene.effects);
      const failures = effects.flatMap((effect) =>
        effect.type === "answer" ? [JSON.stringify(effect.answer)] : [],
      );
      expect(new Set(failures).size === 1 || effects.some(isSuccess)).toBe(true);
      const last = scenes.at(-1)?.fork ?? story.opened;
      expect(last.branches.some(isOpen)).toBe(false);
      expect(last.final).toBeDefined();
    });
  });

  test("every 2xx of a device that was invited (step 5)", () => {
    always(({ scenes }) => {
      for (const { before, event, effects } of scenes) {
        if (event.type !== "response" || event.status < 200 || event.status > 299) continue;
        const isTheirs = flowsOf(before, event.branch).includes(event.connection);
        expect(effects.filter(isSuccess)).toHaveLength(isTheirs ? 1 : 0);
      }
    });
  });

  test("a failure when no branch is open any more and nobody is queued, and only then (step 6)", () => {
    always(({ scenes }) => {
      for (const { before, fork } of scenes) {
        const isAwaited = fork.branches.some((branch) => isOpen(branch) || branch.state === "queued");
        if (!isAwaited) expect(fork.final).toBeDefined();
        if (before.final === undefined && fork.final !== undefined && fork.final >= 300) {
          expect(isAwaited).toBe(false);
        }
        if (before.final !== undefined) expect(fork.final).toBe(before.final);
      }
    });
  });

  test("never a 503, which would be ours; a 401 or 407 with every challenge so far (steps 6 and 7)", () => {
    always((story) => {
      for (const [effect, fork] of deeds(story)) {
        if (effect.type !== "answer") continue;
        const { status, octets } = effect.answer;
        expect(status).not.toBe(503);
        if (octets === undefined || (status !== 401 && status !== 407)) continue;
        for (const challenge of fork.challenges) expect(octets.split(challenge)).toHaveLength(2);
      }
    });
  });
});

describe("what a device gets", () => {
  test("every INVITE that goes out has its body and a device to go to", () => {
    always((story) => {
      for (const [effect, fork] of deeds(story)) {
        if (effect.type !== "invite") continue;
        expect(fork.body).toBe(subject("INVITE").body);
        expect(fork.branches[effect.branch]).toHaveProperty("connection");
      }
    });
  });

  test("a branch's INVITE once over a connection, unless it said that it did not arrive there", () => {
    always((story) => {
      const sent = new Set<string>();
      for (const [effect, fork, scene] of deeds(story)) {
        const { event } = scene ?? {};
        if (event?.type === "response" && (event.status === 430 || event.status === 482))
          sent.delete(`${event.branch} over ${event.connection}`);
        if (effect.type !== "invite") continue;
        const way = `${effect.branch} over ${flowsOf(fork, effect.branch)[0]}`;
        // A device that is looked for and found where a copy is out already gets a repetition (§17.2.3).
        if (event?.type !== "rerouted") expect(sent).not.toContain(way);
        sent.add(way);
      }
    });
  });

  test("an ACK for each failure of its INVITE, where that came from (§17.1.1.3)", () => {
    always(({ scenes }) => {
      for (const { before, event, effects } of scenes) {
        if (event.type !== "response" || event.status < 300) continue;
        if (!flowsOf(before, event.branch).includes(event.connection)) continue;
        const { branch, connection, to } = event;
        const acks = effects.filter(({ type }) => type === "ack");
        expect(acks).toMatchObject([{ branch, over: { connection }, to }]);
      }
    });
  });

  test("a CANCEL only where it has been heard from or has come to since, and has not ended (§9.1)", () => {
    always(({ scenes }) => {
      const [heard, come, ended] = [new Set<string>(), new Set<string>(), new Set<string>()];
      for (const { before, event, effects } of scenes) {
        const isTheirs =
          event.type === "response" && flowsOf(before, event.branch).includes(event.connection);
        if (isTheirs && event.status < 200) {
          heard.add(`${event.branch} ${event.connection}`);
          // It says that it goes on, whatever it said before.
          ended.delete(`${event.branch} ${event.connection}`);
        }
        // After a 430 it may be tried there again.
        if (isTheirs && event.status >= 200 && event.status !== 430)
          ended.add(`${event.branch} ${event.connection}`);
        if (event.type === "registered" || event.type === "rerouted") {
          come.add(event.connection);
          for (const way of ended) if (way.endsWith(` ${event.connection}`)) ended.delete(way);
        }
        for (const effect of effects) {
          if (effect.type !== "cancel") continue;
          const { connection } = effect.over;
          const way = `${effect.branch} ${connection}`;
          // Where it was heard is gone: another copy is of the same transaction, for it has the same branch (§17.2.3).
          const isOnlyWayLeft =
            event.type === "lost" || event.type === "asleep"
              ? heard.has(`${effect.branch} ${event.connection}`)
              : false;
          expect(heard.has(way) || come.has(connection) || isOnlyWayLeft, `not heard over ${way}`).toBe(true);
          expect(ended, "it has ended there").not.toContain(way);
        }
      }
    });
  });

  test("at most one push, and none if it is not to be woken", () => {
    always((story) => {
      const pushed = new Set<string>();
      for (const [effect, fork] of deeds(story)) {
        if (effect.type !== "wake" || !effect.push) continue;
        const name = nameOf(fork, effect.branch);
        expect(pushed).not.toContain(name);
        pushed.add(name);
        const first = story.opened.branches.findIndex((_, index) => nameOf(story.opened, index) === name);
        expect(story.opened.branches[first]).not.toMatchObject({ push: "never" });
      }
    });
  });

  test("at most one word that it need not come: if it was pushed, has not come since, and will not be shown a call", () => {
    always((story) => {
      const awaited = new Set<string>();
      for (const [effect, fork, scene] of deeds(story)) {
        const { event } = scene ?? {};
        if (event?.type === "registered") awaited.delete(nameOfKey(event.of));
        if (effect.type === "wake" && effect.push) awaited.add(nameOf(fork, effect.branch));
        if (effect.type !== "recall") continue;
        expect(awaited).toContain(nameOf(fork, effect.branch));
        awaited.delete(nameOf(fork, effect.branch));
        expect(story.opened.branches[effect.branch]).not.toMatchObject({ mustRing: true });
      }
    });
  });

  test("one ring: no device has two open branches", () => {
    always(({ scenes }) => {
      for (const { fork } of scenes) {
        const open = fork.branches.flatMap((branch, index) => (isOpen(branch) ? [nameOf(fork, index)] : []));
        expect(new Set(open).size).toBe(open.length);
      }
    });
  });
});

function cancelledWays(effects: readonly ForkEffect[], index: number): readonly ConnectionId[] {
  return effects.flatMap((effect) =>
    effect.type === "cancel" && effect.branch === index ? [effect.over.connection] : [],
  );
}

function nameOfKey(key: string): string {
  return key.slice(0, key.lastIndexOf(";"));
}

describe("no ghosts (race f)", () => {
  test("once there is an answer nothing is left ringing or waiting to ring", () => {
    always(({ scenes }) => {
      for (const { fork, effects } of scenes) {
        if (fork.final === undefined && !fork.cancelled) continue;
        for (const { state } of fork.branches) {
          expect(["queued", "waking", "calling", "proceeding"]).not.toContain(state);
        }
        // Who is invited all the same has been pushed, and is cancelled at its first word.
        for (const effect of effects) {
          if (effect.type === "invite") expect(fork.branches[effect.branch]?.state).toBe("doomed");
        }
      }
    });
  });

  test("who rings when the call is over is cancelled in the same step, where it was heard and where it has come to", () => {
    always(({ scenes }) => {
      const whereabouts = new Map<number, ConnectionId>();
      for (const { before, event, fork, effects } of scenes) {
        before.branches.forEach((branch, index) => {
          if (branch.state !== "proceeding") {
            whereabouts.delete(index);
            return;
          }
          if ((event.type === "registered" || event.type === "rerouted") && event.key === branch.key)
            whereabouts.set(index, event.connection);
          if (fork.branches[index]?.state !== "cancelling") return;
          const cancelled = cancelledWays(effects, index);
          // Of several copies that ring one may just have failed.
          const isOver = (way: ConnectionId) =>
            event.type === "response" && event.branch === index && event.connection === way;
          for (const way of [...branch.heard, whereabouts.get(index) ?? branch.connection])
            if (!isOver(way)) expect(cancelled, event.type).toContain(way);
        });
      }
    });
  });

  test("whoever was sent the INVITE and rings when all is over is sent a CANCEL there", () => {
    always((story) => {
      const scenes = toTheEnd(story);
      const { fork, now } = scenes.at(-1) ?? { fork: story.opened, now: NOW };
      for (const [index, connection] of ways({ ...story, scenes })) {
        const rung = rings(fork, index, connection, now);
        const effects = [...scenes, ...rung].flatMap((scene) => scene.effects);
        expect(cancelledWays(effects, index), `branch ${index}`).toContain(connection);
      }
    });
  });

  /** A device that is heard over a connection which its branch does not know is first said to have come there. */
  function rings(fork: Fork, index: number, connection: ConnectionId, now: number): readonly Scene[] {
    const isKnown = flowsOf(fork, index).includes(connection);
    const came = isKnown ? [] : [played(fork, comesBy(nameOf(fork, index), connection), now)];
    return [...came, played(came[0]?.fork ?? fork, response(index, connection, 180), now)];
  }

  /** The ways that a branch's INVITE went, and where nobody has given a final answer, nor is the connection gone. */
  function ways(story: Story): readonly (readonly [branch: number, connection: ConnectionId])[] {
    const all = deeds(story).flatMap(([effect, fork]) => {
      const [connection] = effect.type === "invite" ? flowsOf(fork, effect.branch) : [];
      return effect.type === "invite" && connection !== undefined
        ? [[effect.branch, connection] as const]
        : [];
    });
    const isOver = (index: number, connection: ConnectionId) =>
      story.scenes.some(({ event, before }) => {
        if (event.type === "asleep" || event.type === "lost") return event.connection === connection;
        if (event.type !== "response" || event.branch !== index || event.status < 200) return false;
        // Who answers where no INVITE was sent has come there from where one was.
        const hasMoved = !all.some(([branch, way]) => branch === index && way === event.connection);
        return (
          (hasMoved || event.connection === connection) && flowsOf(before, index).includes(event.connection)
        );
      });
    return all.filter(([index, connection]) => !story.gone.has(connection) && !isOver(index, connection));
  }
});

describe("turns (RFC 3261 §16.6)", () => {
  test("nobody's turn begins while anybody of a former one is open", () => {
    always(({ scenes }) => {
      for (const { before, fork } of scenes) {
        const isBegun = (branch: Branch, index: number) =>
          branch.state === "queued" && !["queued", "unreachable"].includes(fork.branches[index]?.state ?? "");
        const begun = new Set(
          before.branches.flatMap((branch, index) => (isBegun(branch, index) ? [index] : [])),
        );
        if (begun.size === 0) continue;
        const isFormer = (_: Branch, index: number) => index < before.branches.length && !begun.has(index);
        expect(fork.branches.filter(isFormer).some(isOpen)).toBe(false);
        const turns = new Set([...begun].map((index) => turnOf(before.branches[index])));
        expect(turns.size).toBe(1);
      }
    });
  });

  function turnOf(branch: Branch | undefined): number {
    return branch?.state === "queued" ? branch.turn : Number.NaN;
  }

  test("after a 6xx nobody is begun with, whoever said it (§16.7 step 5)", () => {
    always(({ scenes }) => {
      let isDeclined = false;
      for (const { before, event, fork, effects } of scenes) {
        isDeclined ||= isDecline(before, event);
        if (!isDeclined) continue;
        for (const effect of effects) {
          if (effect.type === "invite") expect(fork.branches[effect.branch]?.state).toBe("doomed");
          expect(effect).not.toMatchObject({ type: "wake" });
        }
      }
    });
  });

  /** What a copy says that is not the one which the device was heard over counts for nothing. */
  function isDecline({ branches }: Fork, event: ForkEvent): boolean {
    if (event.type !== "response" || event.status < 600) return false;
    const branch = branches[event.branch];
    if (branch === undefined || !("heard" in branch) || branch.state === "done") return false;
    const { connection, heard, others } = branch;
    const copies = [connection, ...others.map((other) => other.connection)];
    return (heard.length === 0 ? copies : [connection, ...heard]).includes(event.connection);
  }
});

describe("a device that must be shown a call once it was pushed (PushKit)", () => {
  test("is sent an INVITE whenever it comes anew, if it had none", () => {
    always((story) => {
      const owing = new Map<string, number>();
      for (const scene of [{ ...opening(story) }, ...story.scenes]) {
        const { event, effects, fork, now } = scene;
        for (const effect of effects) {
          if (effect.type === "wake" && effect.push) owing.set(nameOf(fork, effect.branch), now);
          if (effect.type === "invite") owing.delete(nameOf(fork, effect.branch));
        }
        // Refused: nothing was pushed. Heard: it has its INVITE.
        if (event.type === "unwakeable") owing.delete(nameOfKey(event.key));
        if (event.type === "response") owing.delete(nameOf(fork, event.branch));
        for (const [name, pushedAt] of owing) {
          if (now >= pushedAt + timers.transaction) continue;
          const index = fork.branches.findLastIndex((_, at) => nameOf(fork, at) === name);
          if (
            !story.opened.branches.some(
              (branch) => "mustRing" in branch && branch.mustRing && branch.key.startsWith(name),
            )
          )
            continue;
          const comes = played(fork, comesBy(name, ws(`${name}-anew`)), now);
          expect(comes.effects, `${name}, ${fork.branches[index]?.state}`).toContainEqual({
            type: "invite",
            branch: index,
          });
        }
      }
    });
  });

  function opening({ opened, openingEffects }: Story): Scene {
    return { before: opened, event: { type: "alarm" }, now: NOW, fork: opened, effects: openingEffects };
  }

  test("is remembered as long as it is awaited", () => {
    always(({ scenes }) => {
      for (const { fork, now } of scenes) {
        for (const branch of fork.branches) {
          if (branch.state === "late") expect(endOfFork(fork, now, timers)).toBeGreaterThan(branch.until);
        }
      }
    });
  });
});

describe("steps", () => {
  test("the same event twice does nothing twice that a device or the caller would notice (race h)", () => {
    always(({ scenes }) => {
      for (const { event, now, fork } of scenes) {
        const again = played(fork, event, now);
        expect({ ...again.fork, history: [] }).toEqual({ ...fork, history: [] });
        // What is said again is a repetition: a response passed on, an ACK, a failure still owed, an alarm; that a copy
        // which rings is not wanted, and that a flow has failed.
        for (const { type } of again.effects) {
          expect(["relay", "ack", "answer", "alarm", ...repeatedBy(event)]).toContain(type);
        }
      }
    });
  });

  function repeatedBy(event: ForkEvent): readonly string[] {
    if (event.type !== "response") return [];
    return event.status < 200 ? ["cancel"] : event.status === 430 ? ["reroute"] : [];
  }

  test("a step that is run again from the same state says the same again (race h)", () => {
    always(({ scenes }) => {
      for (const { before, event, now, fork, effects } of scenes) {
        expect(step(before, event, now, timers)).toEqual([fork, effects]);
      }
    });
  });
});

describe.each(["INVITE", "MESSAGE"])("the alarms of a forked %s", (method) => {
  test("come no later than the deadline of any open branch", () => {
    always(({ opened, scenes }) => {
      let alarms: readonly number[] = [deadlineOf(opened) ?? Number.NaN];
      for (const scene of scenes) {
        alarms = stillSet(alarms, scene);
        const deadline = deadlineOf(scene.fork);
        expect(deadline !== undefined).toBe(scene.fork.branches.some(isOpen));
        if (deadline !== undefined) expect(Math.min(...alarms)).toBeLessThanOrEqual(deadline);
      }
    }, method);
  });

  test("bring it to its end if it is left alone", () => {
    always((story) => {
      const { fork } = toTheEnd(story).at(-1) ?? { fork: story.opened };
      expect(fork.branches.some(isOpen)).toBe(false);
      expect(fork.final).toBeDefined();
    }, method);
  });
});

describe("a request that is no INVITE (RFC 4320)", () => {
  test("is never cancelled, acknowledged or looked for again, and gets one answer, which is no 408", () => {
    always((story) => {
      const answers: ForkEffect[] = [];
      for (const [effect] of deeds(story)) {
        expect(["relay", "answer", "invite", "wake", "recall", "reroute", "alarm"]).toContain(effect.type);
        if (effect.type === "relay") expect(isSuccess(effect)).toBe(true);
        if (effect.type === "answer") expect(effect.answer).not.toEqual({ status: 408, octets: undefined });
        if (effect.type === "relay" || effect.type === "answer") answers.push(effect);
      }
      expect(new Set(answers.map((effect) => JSON.stringify(effect))).size).toBeLessThanOrEqual(1);
    }, "MESSAGE");
  });
});
