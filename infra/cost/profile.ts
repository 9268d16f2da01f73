/** What people and their phones do, each with its default and its meaning: `npm run cost -- --NAME NUMBER` sets another one. */
export const PROFILE = {
  online: [0.05, "share of the time that a user's app has a connection; else it sleeps, and is woken"],
  sessions: [8, "how often a day the app is opened, and connects"],
  calls: [3, "calls that a user makes a day; each is to one callee, who is as likely online as anybody"],
  minutes: [3, "minutes that a call takes"],
  messages: [10, "MESSAGEs that a user sends a day; one to a sleeping phone wakes it, each by itself"],
  ping: [270, "seconds between pings of an app that is online (CRLF, 90 % of FLOW_TIMER); 0: none"],
  refresh: [0, "seconds between REGISTERs of an app that is online; 0: it is registered for 30 days"],
  reminders: [
    0,
    "pushes a month that ask a user's phone to register: one that is opened once a month needs none",
  ],
} as const satisfies Record<string, readonly [fallback: number, meaning: string]>;

export type Profile = Readonly<Record<keyof typeof PROFILE, number>>;

export const DEFAULT_PROFILE = Object.fromEntries(
  Object.entries(PROFILE).map(([name, [fallback]]) => [name, fallback]),
) as Profile;

/** A phone on a desk, or a browser that is always open: it cannot be pushed, and goes by what it is granted (90 % of 480 s). */
export const DESK_PROFILE: Profile = { ...DEFAULT_PROFILE, online: 1, sessions: 0, ping: 0, refresh: 432 };

/** The default, but for what is given as text. Throws what is wrong with that. */
export function profileFrom(given: Readonly<Record<string, string | boolean | undefined>>): Profile {
  const profile: Record<keyof Profile, number> = { ...DEFAULT_PROFILE };
  for (const name of Object.keys(PROFILE) as (keyof Profile)[]) {
    const text = given[name];
    if (text === undefined) continue;
    const number = Number(text);
    const most = name === "online" ? 1 : Number.MAX_VALUE;
    if (text === "" || !(number >= 0 && number <= most))
      throw new Error(`--${name} must be a number${name === "online" ? " from 0 to 1" : ""}`);
    profile[name] = number;
  }
  return profile;
}

/** What was not measured, and is assumed of both ways to run it. */
export const ASSUMED = {
  /** MB of the function, and what it takes, in ms: a run, and in it each call of DynamoDB, message sent and push. */
  lambdaMemory: 512,
  runMs: 2,
  callMs: 5,
  sendMs: 8,
  pushMs: 30,
  /** The share of runs that start a function, and what that takes in ms. */
  coldShare: 0.01,
  coldMs: 250,
  /** Octets of log that Lambda writes for each run. */
  runLogOctets: 350,
  /** How often the functions look for what is due, in seconds; an edge does every 5. */
  lookSeconds: 60,
  edgeLookSeconds: 5,
  /** Requests a month with which Lambda asks the alarm queue when there is nothing. */
  idleQueueRequests: 650_000,
  /** API Gateway ends every connection after so many hours. */
  cutHours: 2,
  /** How long a phone that was woken stays, in minutes, beside the call. */
  wokenMinutes: 0.5,
  /** CPU of an edge, in µs: a frame in with what follows (docs/design.md: 976 for the six of a call), a call of DynamoDB, a ping. */
  frameMicros: 160,
  callMicros: 600,
  pingMicros: 20,
  edgePingSeconds: 25,
  /** What the busiest hour has of the average one, and how busy an edge may be then. */
  peak: 3,
  busy: 0.5,
  /** An edge: a Fargate task of one vCPU and 2 GB; at least two. Connections that it takes (MAX_CONNECTIONS), and KB of each. */
  edgeVcpus: 1,
  edgeGb: 2,
  edgeConnections: 50_000,
  connectionKb: 12,
  fewestEdges: 2,
  /** What one load balancer's capacity unit has: connections, new ones a second, GB an hour. */
  unitConnections: 100_000,
  unitNewPerSecond: 800,
  unitGbPerHour: 1,
  /** Secrets, metrics and alarms of a deployment. */
  secrets: 2,
  metrics: 20,
  alarms: 9,
} as const;
