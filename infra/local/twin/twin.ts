import { join } from "node:path";
import { type SnsDouble, startSnsDouble } from "../sns/sns-double.ts";
import { type Dice, seededDice } from "./dice.ts";
import { type DynamoDbDouble, startDynamoDbDouble } from "./doubles/dynamodb-double.ts";
import { pollQueue } from "./doubles/queue-poller.ts";
import { tick } from "./doubles/schedule.ts";
import { type SqsDouble, startSqsDouble } from "./doubles/sqs-double.ts";
import { NO_FAULTS, type TwinFaults } from "./faults.ts";
import { GatewayTwin } from "./gateway/gateway-twin.ts";
import type { GatewayLimits } from "./gateway/limits.ts";
import type { Invoke } from "./invoke.ts";
import { type LambdaTwin, lambdaTwin } from "./lambda/lambda-twin.ts";
import { apiIn } from "./template/api-in.ts";
import { functionsIn } from "./template/functions-in.ts";
import { madeFor } from "./template/made.ts";
import { Resolver } from "./template/resolver.ts";
import { queueSourcesIn, scheduleSourcesIn, topicListenersIn } from "./template/sources-in.ts";
import { readTemplate } from "./template/template.ts";

export interface TwinOptions {
  /** The folder that `osls package` wrote; zips are unpacked below it. */
  readonly packaged: string;
  /** The Node that functions run on; see `lambdaNode`. */
  readonly node: string;
  readonly host?: string;
  readonly port?: number;
  /** Variables of all functions, instead of what the template says. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Values of the template's parameters. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** The folder that tables are kept in; in memory if it is not said. */
  readonly tables?: string;
  readonly limits?: Partial<GatewayLimits>;
  readonly faults?: Partial<TwinFaults>;
  /** What the functions take for the time, in ms since 1970. */
  readonly clock?: () => number;
  /** "asked": what is scheduled happens only on `tick`. */
  readonly schedules?: "by themselves" | "asked";
  /** Gets each line that a function writes. */
  readonly hear?: (name: string, line: string) => void;
  /** Gets what a function did wrong. */
  readonly complain?: (words: string) => void;
}

/** The cloud on this machine. */
export interface Twin {
  readonly port: number;
  /** `ws://…`, for clients. */
  readonly url: string;
  readonly sns: SnsDouble;
  readonly tables: { readonly url: string; readonly names: readonly string[] };
  readonly invoke: Invoke;
  /** WebSockets that are open, or whose end is being handled. */
  connections(): number;
  /** How many messages clients have sent. */
  heard(): number;
  /** Processes of functions, at work or frozen. */
  processes(): number;
  /** From now on these go wrong, and no others; the seed stays as it was. */
  go(wrong: Partial<TwinFaults>): void;
  /**
   * As if it had just been started, with these faults: nobody is connected, nothing is kept or known. But functions are warm, and what is
   * queued (SQS forgets once a minute at most) comes still.
   */
  renew(faults: Partial<TwinFaults>): Promise<void>;
  /** Does now what is scheduled. */
  tick(): Promise<void>;
  /** When no function is at work, and nothing is held back. */
  settled(): Promise<void>;
  /** Ends connections, lets functions finish, and leaves nothing behind. */
  close(): Promise<void>;
}

/** Starts a stand-in for the AWS account that the package would be deployed to. Rejects if something of it is not there. */
export async function startTwin(options: TwinOptions): Promise<Twin> {
  const { packaged, node, clock = Date.now, hear = () => {}, complain = () => {} } = options;
  let faults: TwinFaults = { ...NO_FAULTS, ...options.faults };
  let thrown = seededDice(faults.seed);
  const dice: Dice = (what) => thrown(what);
  const template = readTemplate(packaged);
  const closings: (() => Promise<void> | void)[] = [];
  const close = async () => {
    for (const step of closings.splice(0).reverse()) await step();
  };
  try {
    const [dynamoDb, sqs, sns] = await Promise.all([
      startDynamoDbDouble(options.tables),
      startSqsDouble(),
      startSnsDouble(),
    ]);
    closings.push(sns.close, sqs.close, dynamoDb.close);
    const resolver = new Resolver({
      template,
      make: madeFor(sqs.url),
      ...(options.parameters === undefined ? {} : { parameters: options.parameters }),
    });
    const names = await makeTables(resolver, dynamoDb);
    await makeQueues(resolver, sqs);
    const api = apiIn(resolver);
    let lambda: LambdaTwin | undefined;
    const invoke: Invoke = (name, event) =>
      lambda?.invoke(name, event) ?? Promise.reject(new Error("there are no functions yet"));
    const gateway = new GatewayTwin({
      api,
      invoke,
      dice,
      faults: () => faults,
      clock,
      ...(options.limits === undefined ? {} : { limits: options.limits }),
    });
    const host = options.host ?? "127.0.0.1";
    const port = await gateway.listen(host, options.port ?? 0);
    closings.push(() => gateway.close());
    const given = {
      AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.url,
      AWS_ENDPOINT_URL_SQS: sqs.url,
      AWS_ENDPOINT_URL_SNS: sns.url,
      CONNECTIONS_URL: `http://127.0.0.1:${port}/${api.stage}`,
      ...options.environment,
    };
    const functions = functionsIn(resolver, packaged, given);
    const clockSkew = () => clock() - Date.now();
    const folder = join(packaged, "unpacked");
    const running = lambdaTwin({ functions, node, folder, clockSkew, hear, complain });
    lambda = running;
    closings.push(running.close, running.settled);
    closings.push(...startSources(resolver, { sqs, sns, invoke, dice, faults: () => faults, options }));
    closings.push(() => gateway.hangUp());
    const settled = async () => {
      do await running.settled();
      while (gateway.heldBack > 0 && (await later()));
    };
    return {
      port,
      url: `ws://${host}:${port}/${api.stage}`,
      sns,
      tables: { url: dynamoDb.url, names },
      invoke,
      connections: () => gateway.connections,
      heard: () => gateway.heard,
      processes: running.processes,
      go: (wrong) => {
        faults = { ...NO_FAULTS, ...wrong };
      },
      renew: async (wrong) => {
        await gateway.endAll();
        await settled();
        for (const name of names) await dynamoDb.dropTable(name);
        await makeTables(resolver, dynamoDb);
        sns.forget();
        faults = { ...NO_FAULTS, ...wrong };
        thrown = seededDice(faults.seed);
      },
      tick: () => tick(scheduleSourcesIn(resolver), invoke),
      settled,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** True, in a moment. */
async function later(): Promise<true> {
  await new Promise((resolve) => setTimeout(resolve, 5));
  return true;
}

async function makeTables(resolver: Resolver, dynamoDb: DynamoDbDouble): Promise<readonly string[]> {
  const names: string[] = [];
  for (const [logical, properties] of resolver.resources("AWS::DynamoDB::Table")) {
    const name = resolver.made(logical).ref;
    await dynamoDb.makeTable(name, properties);
    names.push(name);
  }
  return names;
}

async function makeQueues(resolver: Resolver, sqs: SqsDouble): Promise<void> {
  for (const [logical, properties] of resolver.resources("AWS::SQS::Queue")) {
    await sqs.makeQueue(resolver.made(logical).att("QueueName"), properties);
  }
}

interface Sources {
  readonly sqs: SqsDouble;
  readonly sns: SnsDouble;
  readonly invoke: Invoke;
  readonly dice: Dice;
  readonly faults: () => TwinFaults;
  readonly options: TwinOptions;
}

/** Lets queues, topics and schedules invoke their functions. Answers how each is stopped. */
function startSources(
  resolver: Resolver,
  { sqs, sns, invoke, dice, faults, options }: Sources,
): (() => Promise<void> | void)[] {
  const stops: (() => Promise<void> | void)[] = [];
  for (const source of queueSourcesIn(resolver)) {
    const queue = `${sqs.url}/${source.queueArn.split(":").slice(-2).join("/")}`;
    stops.push(pollQueue({ source, queue, sqs, invoke, dice, faults }).stop);
  }
  for (const listener of topicListenersIn(resolver)) {
    // Lambda calls a topic's function at least once, and again when it fails; here, once.
    stops.push(sns.onFeedback((event) => void invoke(listener, event).catch(() => {})));
  }
  if (options.schedules === "asked") return stops;
  for (const schedule of scheduleSourcesIn(resolver)) {
    const timer = setInterval(() => void tick([schedule], invoke), schedule.every);
    stops.push(() => clearInterval(timer));
  }
  return stops;
}
