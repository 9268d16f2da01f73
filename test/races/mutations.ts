import type { App } from "../../functions/app/app.ts";
import type { Binding, Location } from "../../functions/location/location.ts";
import type { Connection, RecordStore, Records } from "../../functions/ports.ts";
import type { Branch } from "../../functions/proxy/branch.ts";
import type { Fork } from "../../functions/proxy/fork.ts";
import type { Invocation } from "./invocation.ts";
import type { Mutation } from "./world.ts";

/** A rule of the race table that is broken on purpose, and the small scene that finds out. */
export interface Broken {
  readonly rule: string;
  /** What is done in its place. */
  readonly by: string;
  readonly mutation: Mutation;
  /** The name of a scene of `SMALL`. */
  readonly scene: string;
}

type Patch<Value> = (store: RecordStore<Value>) => Partial<RecordStore<Value>>;

/** The app with one kind of records that does something else. */
function patched<Value>(app: App, kind: keyof Records, patch: Patch<Value>): App {
  const store = app[kind] as unknown as RecordStore<Value>;
  return { ...app, [kind]: { ...store, ...patch(store) } };
}

function is(
  { what, kind }: Invocation,
  whose: "REGISTER" | "INVITE" | "CANCEL" | "$disconnect" | "alarm" | "death",
): boolean {
  return whose === "alarm" ? kind === "alarm" : what.startsWith(whose);
}

/** Swaps, whatever was read: whoever writes last wins. */
const blind =
  (kind: keyof Records): Mutation =>
  (app) =>
    patched<unknown>(app, kind, (store) => ({
      swap: async (key, read, value, expiresAt) => {
        const outcome = await store.swap(key, read, value, expiresAt);
        if (outcome === "committed") return outcome;
        for (;;) {
          const { version } = await store.read(key);
          if ((await store.swap(key, version, value, expiresAt)) === "committed") return "committed";
        }
      },
    }));

const changedBindings = (app: App, change: (binding: Binding) => Binding): App =>
  patched<Location>(app, "locations", (store) => ({
    read: async (key) => {
      const { value, version } = await store.read(key);
      return { value: value && { ...value, bindings: value.bindings.map(change) }, version };
    },
  }));

const writing =
  (change: (fork: Fork) => Fork): Mutation =>
  (app) =>
    patched<Fork>(app, "forks", (store) => ({
      swap: (key, read, value, expiresAt) => store.swap(key, read, value && change(value), expiresAt),
    }));

const branches = (change: (branch: Branch) => Branch): Mutation =>
  writing((fork) => ({ ...fork, branches: fork.branches.map(change) }));

const over = ({ key, push, mustRing }: Branch): Branch => ({ state: "unreachable", key, push, mustRing });

/** Writes in the first place what it should in the second. */
function swapped(app: App, first: keyof Records, second: keyof Records): App {
  let postponed: (() => Promise<unknown>) | undefined;
  const waiting = patched<unknown>(app, first, (store) => ({
    swap: async (...all) => {
      postponed = () => store.swap(...all);
      return "committed";
    },
  }));
  return patched<unknown>(waiting, second, (store) => ({
    swap: async (...all) => {
      const outcome = await store.swap(...all);
      await postponed?.();
      postponed = undefined;
      return outcome;
    },
  }));
}

export const BROKEN: readonly Broken[] = [
  {
    rule: "a record is changed by one compare-and-swap: the location",
    by: "whoever writes last wins",
    mutation: blind("locations"),
    scene: "two devices register (d)",
  },
  {
    rule: "a record is changed by one compare-and-swap: the fork",
    by: "whoever writes last wins",
    mutation: blind("forks"),
    scene: "200 of one device, 180 of the other (g)",
  },
  {
    rule: "a record is changed by one compare-and-swap: the connection",
    by: "whoever writes last wins",
    mutation: blind("connections"),
    scene:
      "a first REGISTER over a connection that another user has registered over, whose 200 the edge refuses, $disconnect (c, i)",
  },
  {
    rule: "a binding's connection is cleared only if it is still that connection",
    by: "the end of a connection clears every binding of its AoRs",
    mutation: (app, by) =>
      is(by, "$disconnect")
        ? changedBindings(app, (binding) => ({ ...binding, connection: by.about as Binding["connection"] }))
        : app,
    scene: "REGISTER on a new connection, $disconnect of the old one (a)",
  },
  {
    rule: "a connection that has ended leaves a tombstone",
    by: "its record is left as it is",
    mutation: (app, by) =>
      is(by, "$disconnect")
        ? patched<Connection>(app, "connections", () => ({ swap: async () => "committed" }))
        : app,
    scene: "a first REGISTER whose 200 the edge refuses, $disconnect of its connection (c, i)",
  },
  {
    rule: "the connection's record is written first, the binding second",
    by: "the binding is written first",
    mutation: (app, by) => (is(by, "REGISTER") ? swapped(app, "connections", "locations") : app),
    scene:
      "a first REGISTER over a connection that another user has registered over, whose 200 the edge refuses, $disconnect (c, i)",
  },
  {
    rule: "REGISTER looks for the tombstone last",
    by: "it looks only before it writes the binding",
    mutation: (app, by) => {
      if (!is(by, "REGISTER")) return app;
      let isWritten = false;
      const noting = patched<Location>(app, "locations", (store) => ({
        swap: async (...all) => {
          const outcome = await store.swap(...all);
          isWritten ||= outcome === "committed";
          return outcome;
        },
      }));
      return patched<Connection>(noting, "connections", (store) => ({
        read: async (key) => {
          const { value, version } = await store.read(key);
          return { value: value && isWritten ? { ...value, closed: false } : value, version };
        },
      }));
    },
    scene: "a first REGISTER whose 200 the edge refuses, $disconnect of its connection (c, i)",
  },
  {
    rule: "a send that finds a connection gone clears the binding, and the call goes on",
    by: "410 is taken for sent",
    mutation: (app) => ({
      ...app,
      edge: { ...app.edge, send: (to, text) => app.edge.send(to, text).then(() => "sent") },
    }),
    scene: "a call finds the connection of a browser gone (b)",
  },
  {
    rule: "whoever parks a call sees in the same swap who has come online",
    by: "parking goes by the location that was read before, and keeps what others wrote",
    mutation: (app, by) => {
      if (!is(by, "INVITE")) return app;
      let seen: Location | undefined;
      return patched<Location>(app, "locations", (store) => ({
        read: async (key) => {
          const { value, version } = await store.read(key);
          seen ??= value;
          return { value: value && seen && { ...value, bindings: seen.bindings }, version };
        },
        swap: async (key, _read, value, ...rest) => {
          const { value: there, version } = await store.read(key);
          return store.swap(key, version, value && there && { ...value, bindings: there.bindings }, ...rest);
        },
      }));
    },
    scene: "a call that parks, REGISTER (e)",
  },
  {
    rule: "REGISTER sees which calls wait for its devices",
    by: "it does not look",
    mutation: (app, by) =>
      is(by, "REGISTER")
        ? patched<Location>(app, "locations", (store) => ({
            read: async (key) => {
              const { value, version } = await store.read(key);
              return { value: value && { ...value, waiting: [] }, version };
            },
          }))
        : app,
    scene: "a call that parks, REGISTER (e)",
  },
  {
    rule: "a call is parked before its phone is pushed",
    by: "it is pushed only, since it will register anyway",
    mutation: (app, by) =>
      is(by, "INVITE")
        ? patched<Location>(app, "locations", (store) => ({
            swap: (key, read, value, ...rest) =>
              store.swap(key, read, value && { ...value, waiting: [] }, ...rest),
          }))
        : app,
    scene: "a call that parks, REGISTER (e)",
  },
  {
    rule: "the branch of an INVITE is derived from its fork and branch",
    by: "each time it is sent it has another",
    mutation: (app, by, world) => ({
      ...app,
      edge: {
        ...app.edge,
        send: (to, text) =>
          app.edge.send(
            to,
            text.startsWith("INVITE ")
              ? text.replace(/(;branch=z9hG4bKf\.[^;.]*)/, `$1${world.portCalls()}x${by.calls}`)
              : text,
          ),
      },
    }),
    scene: "a phone is silent though its socket is open, and has another connection by then (b, e)",
  },
  {
    rule: "REGISTERs are ordered by Call-ID and CSeq",
    by: "the one that is handled last counts",
    mutation: (app, by) =>
      is(by, "REGISTER") ? changedBindings(app, (binding) => ({ ...binding, callId: "another" })) : app,
    scene: "two REGISTERs of one Call-ID, over two connections (d)",
  },
  {
    rule: "a registration that another Call-ID has taken over stays over",
    by: "Call-IDs have no order",
    mutation: (app) =>
      patched<Location>(app, "locations", (store) => ({
        swap: (key, read, value, ...rest) =>
          store.swap(
            key,
            read,
            value && {
              ...value,
              departed: value.departed.filter(({ overtakenAt }) => overtakenAt === undefined),
            },
            ...rest,
          ),
      })),
    scene: "a refresh, REGISTER of the app that was started anew, under another Call-ID (d)",
  },
  {
    rule: "what another Call-ID has taken the place of is gone back to when that one's connection ends",
    by: "it is forgotten",
    mutation: (app) => changedBindings(app, (binding) => ({ ...binding, beneath: undefined })),
    scene:
      "a first REGISTER, that of the app that was started anew, $disconnect of the first one's connection (a, d)",
  },
  {
    rule: "a registration that was ended is remembered",
    by: "it is forgotten at once",
    mutation: (app) =>
      patched<Location>(app, "locations", (store) => ({
        swap: (key, read, value, ...rest) =>
          store.swap(key, read, value && { ...value, departed: [] }, ...rest),
      })),
    scene: "REGISTER, and the unREGISTER behind it (d, q)",
  },
  {
    rule: "a CANCEL that finds no fork leaves one that is over",
    by: "it leaves nothing",
    mutation: (app, by) =>
      is(by, "CANCEL")
        ? patched<Fork>(app, "forks", (store) => ({
            swap: async (key, read, ...rest) => (read === 0 ? "committed" : store.swap(key, read, ...rest)),
          }))
        : app,
    scene: "INVITE, CANCEL (f)",
  },
  {
    rule: "a fork is created once",
    by: "the same INVITE makes another",
    mutation: (app, by) => (is(by, "INVITE") ? blind("forks")(app, by, undefined as never) : app),
    scene: "the INVITE twice (h)",
  },
  {
    rule: "every 2xx goes upstream at once",
    by: "the first one only",
    mutation: (app, by, world) => ({
      ...app,
      edge: {
        ...app.edge,
        send: async (to, text) => {
          const isSecond =
            by.what.startsWith("200") &&
            text.startsWith("SIP/2.0 200") &&
            world.invocations.some(
              (other) => other !== by && other.what.startsWith("200") && other.state === "done",
            );
          return isSecond ? "sent" : app.edge.send(to, text);
        },
      },
    }),
    scene: "200, 200 (g)",
  },
  {
    rule: "those who lose are cancelled",
    by: "they are left to themselves",
    mutation: (app) => ({
      ...app,
      edge: {
        ...app.edge,
        send: async (to, text) => (text.startsWith("CANCEL ") ? "sent" : app.edge.send(to, text)),
      },
    }),
    scene: "200 of one device, 180 of the other (g)",
  },
  {
    rule: "a branch that was silent is doomed: its first word is met with a CANCEL",
    by: "it is given up",
    mutation: branches((branch) => (branch.state === "doomed" ? over(branch) : branch)),
    scene: "CANCEL, 180 of a phone that was silent (f)",
  },
  {
    rule: "an iPhone that was pushed for a call that is over is shown it all the same",
    by: "it is given up",
    mutation: branches((branch) => (branch.state === "late" ? over(branch) : branch)),
    scene: "CANCEL, the REGISTER of an iPhone that was pushed and must be shown a call (f)",
  },
  {
    rule: "alarms are hints: the step looks at the record and the clock",
    by: "an alarm means that its time has come",
    mutation: (app, by) => (is(by, "alarm") ? { ...app, clock: () => app.clock() + 3_600_000 } : app),
    scene: "an alarm that comes early, and again; REGISTER of the phone that was pushed (e, h)",
  },
  {
    rule: "a failure is owed until it was sent, and the alarm pays",
    by: "it is sent once",
    mutation: writing((fork) => ({ ...fork, owed: false })),
    scene: "a 486 whose relay the edge refuses, and the alarm (i)",
  },
  {
    rule: "the first alarm is set before the fork is made",
    by: "it is set afterwards",
    mutation: (app, by) => {
      if (!is(by, "INVITE")) return app;
      let postponed: (() => Promise<void>) | undefined;
      const late = {
        ...app,
        alarms: {
          set: async (...all: Parameters<App["alarms"]["set"]>) => {
            postponed = () => app.alarms.set(...all);
          },
        },
      };
      return patched<Fork>(late, "forks", (store) => ({
        swap: async (...all) => {
          const outcome = await store.swap(...all);
          await postponed?.();
          postponed = undefined;
          return outcome;
        },
      }));
    },
    scene: "an INVITE whose function dies after the fork was made (h, j)",
  },
  {
    rule: "a phone that is silent is looked for",
    by: "it is given its time",
    mutation: branches((branch) => ("hedgeAt" in branch ? { ...branch, hedgeAt: undefined } : branch)),
    scene: "a frozen phone is called (b, e)",
  },
  {
    rule: "what is dropped is the token that died, wherever it still is",
    by: "whatever token the device has by then",
    mutation: (app, by) =>
      is(by, "death")
        ? changedBindings(app, (binding) => ({
            ...binding,
            push: binding.push && { ...binding.push, prid: by.about },
          }))
        : app,
    scene: "a token is called dead, REGISTER with a newer one (o)",
  },
  {
    rule: "a token is claimed before it is registered, and its former owner loses it",
    by: "it is registered",
    mutation: (app) => ({ ...app, settings: { ...app.settings, sharesTokens: true } }),
    scene: "a call is parked for Bob's phone, Carol registers it (k, o)",
  },
  {
    rule: "a MESSAGE on its way is noted before it is sent",
    by: "it is sent",
    mutation: (app) =>
      patched<{ readonly messages: readonly object[]; readonly deliveries: readonly object[] }>(
        app,
        "mailboxes",
        (store) => ({
          swap: (key, read, value, ...rest) =>
            store.swap(
              key,
              read,
              value && {
                ...value,
                deliveries: [],
                messages: value.messages.map((message) => ({ ...message, had: [] })),
              },
              ...rest,
            ),
        }),
      ),
    scene: "two REGISTERs of a phone for which a MESSAGE is stored (r)",
  },
];
