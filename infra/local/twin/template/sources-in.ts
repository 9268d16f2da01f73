import type { Resolver } from "./resolver.ts";
import type { JsonObject } from "./template.ts";

// Who calls the functions, by the template. Functions are named as Lambda does.

/** A queue whose messages a function gets. */
export interface QueueSource {
  readonly queueArn: string;
  readonly function: string;
  readonly batchSize: number;
  /** Whether the function says which messages of a batch failed; else all do, or none. */
  readonly reportsFailures: boolean;
}

/** Something that happens again and again. */
export interface ScheduleSource {
  readonly name: string;
  readonly function: string;
  /** Ms between two. */
  readonly every: number;
  /** What the function gets instead of the usual event, if anything. */
  readonly input: string | undefined;
}

export function queueSourcesIn(resolver: Resolver): readonly QueueSource[] {
  return [...resolver.resources("AWS::Lambda::EventSourceMapping").values()]
    .filter(({ Enabled = true }) => Enabled !== false)
    .map((source) => ({
      queueArn: String(source["EventSourceArn"]),
      function: functionNameIn(String(source["FunctionName"])),
      batchSize: Number(source["BatchSize"] ?? 10),
      reportsFailures: asList(source["FunctionResponseTypes"]).includes("ReportBatchItemFailures"),
    }));
}

export function scheduleSourcesIn(resolver: Resolver): readonly ScheduleSource[] {
  const rules = [...resolver.resources("AWS::Events::Rule")].flatMap(([name, rule]) =>
    rule["ScheduleExpression"] === undefined || rule["State"] === "DISABLED"
      ? []
      : asList(rule["Targets"]).map((target) => scheduleOf(name, rule, target as JsonObject)),
  );
  const schedules = [...resolver.resources("AWS::Scheduler::Schedule")]
    .filter(([, { State }]) => State !== "DISABLED")
    .map(([name, schedule]) => scheduleOf(name, schedule, (schedule["Target"] ?? {}) as JsonObject));
  return [...rules, ...schedules];
}

/** The functions that topics are to call. The double of SNS has one topic, which stands for all. */
export function topicListenersIn(resolver: Resolver): readonly string[] {
  const apart = [...resolver.resources("AWS::SNS::Subscription").values()];
  const within = [...resolver.resources("AWS::SNS::Topic").values()].flatMap(
    ({ Subscription }) => asList(Subscription) as JsonObject[],
  );
  return [...apart, ...within]
    .filter(({ Protocol }) => Protocol === "lambda")
    .map(({ Endpoint }) => functionNameIn(String(Endpoint)));
}

function scheduleOf(name: string, { ScheduleExpression }: JsonObject, target: JsonObject): ScheduleSource {
  const { Input } = target;
  return {
    name,
    function: functionNameIn(String(target["Arn"])),
    every: everyIn(String(ScheduleExpression)),
    input: Input === undefined ? undefined : String(Input),
  };
}

const UNITS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

function everyIn(expression: string): number {
  const [, count, unit = ""] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const ms = UNITS[unit];
  if (ms === undefined) throw new Error(`the twin knows rate(…) only, and not ${expression}`);
  return Number(count) * ms;
}

/** The name in an ARN of a function, or of a version of it; or the name itself. */
export function functionNameIn(arn: string): string {
  return /:function:([^:/]+)/.exec(arn)?.[1] ?? arn;
}

function asList(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}
