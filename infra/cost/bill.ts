import { type Counts, total } from "./counts.ts";
import type { Flows } from "./flows.ts";
import { HOURS, looksOf, type Month, monthOf } from "./month.ts";
import { PRICES, tiered } from "./prices.ts";
import { ASSUMED, type Profile } from "./profile.ts";

/** What a month costs, in US dollars: what for, and how much. */
export type Bill = readonly (readonly [what: string, dollars: number])[];

const MILLION = 1e6;
const GB = 1e9;

export function sumOf(bill: Bill): number {
  return bill.reduce((sum, [, dollars]) => sum + dollars, 0);
}

/** On API Gateway, Lambda, DynamoDB, SQS and SNS. */
export function cloudBill(flows: Flows, profile: Profile, users: number): Bill {
  const month = monthOf(flows, profile, true);
  const counts = total([
    [users, month.counts],
    [1, looksOf(flows, ASSUMED.lookSeconds)],
  ]);
  const requests = 3 * counts.alarms + ASSUMED.idleQueueRequests;
  return [
    ["API Gateway, messages", tiered(counts.frames / MILLION, PRICES.gatewayMessages)],
    ["API Gateway, connections", (users * month.minutes * PRICES.gatewayMinutes) / MILLION],
    ["Lambda", lambda(counts)],
    ...dynamoDb(counts, users * month.octetsKept),
    ["SQS", (requests * PRICES.sqsRequests) / MILLION],
    ...others(counts, counts.logOctets + counts.runs * ASSUMED.runLogOctets),
  ];
}

function lambda({ runs, calls, frames, framesIn, pushes }: Counts): number {
  const { runMs, coldShare, coldMs, callMs, sendMs, pushMs, lambdaMemory } = ASSUMED;
  const ms =
    runs * (runMs + coldShare * coldMs) + calls * callMs + (frames - framesIn) * sendMs + pushes * pushMs;
  const gbSeconds = (ms / 1000) * (lambdaMemory / 1024);
  return (runs * PRICES.lambdaRuns) / MILLION + gbSeconds * PRICES.lambdaGbSecond;
}

/** On edges of our own, behind a load balancer, with DynamoDB and SNS. */
export function fleetBill(flows: Flows, profile: Profile, users: number): Bill {
  const month = monthOf(flows, profile, false);
  const edges = edgesFor(month, users);
  const counts = total([
    [users, month.counts],
    [edges, looksOf(flows, ASSUMED.edgeLookSeconds)],
  ]);
  const task = ASSUMED.edgeVcpus * PRICES.fargateVcpu + ASSUMED.edgeGb * PRICES.fargateGb;
  const addresses = 2 * PRICES.address;
  const units = loadBalancerUnits(month, users);
  return [
    ["Edges (Fargate)", edges * task * HOURS],
    ["Load balancer", (PRICES.loadBalancer + addresses + units * PRICES.loadBalancerUnit) * HOURS],
    ...dynamoDb(counts, users * month.octetsKept),
    ...others(counts, counts.logOctets),
  ];
}

/** How many edges the busiest hour needs, by CPU, by connections and by memory. */
export function edgesFor({ counts, minutes }: Month, users: number): number {
  const { frameMicros, callMicros, pingMicros, edgePingSeconds, peak, busy } = ASSUMED;
  const { edgeVcpus, edgeGb, edgeConnections, connectionKb, fewestEdges } = ASSUMED;
  const pings = (minutes * 60) / edgePingSeconds;
  const micros = counts.framesIn * frameMicros + counts.calls * callMicros + pings * pingMicros;
  const cores = ((users * micros) / MILLION / (HOURS * 3_600)) * (peak / busy);
  const connections = Math.min(users, onlineOf(minutes, users) * peak);
  return Math.max(
    fewestEdges,
    Math.ceil(cores / edgeVcpus),
    Math.ceil(connections / edgeConnections),
    // Half of the memory is for all else.
    Math.ceil((connections * connectionKb * 1024) / ((edgeGb * 1024 ** 3) / 2)),
  );
}

/** How many are online at a time, on average. */
function onlineOf(minutes: number, users: number): number {
  return (users * minutes) / (HOURS * 60);
}

function loadBalancerUnits({ counts, minutes, connects }: Month, users: number): number {
  const { unitConnections, unitNewPerSecond, unitGbPerHour } = ASSUMED;
  return Math.max(
    onlineOf(minutes, users) / unitConnections,
    (users * connects) / (HOURS * 3_600) / unitNewPerSecond,
    (users * counts.octetsOut) / GB / HOURS / unitGbPerHour,
  );
}

function dynamoDb({ writeUnits, readUnits }: Counts, octetsKept: number): Bill {
  const units = (writeUnits * PRICES.writeUnits + readUnits * PRICES.readUnits) / MILLION;
  return [
    ["DynamoDB, reads and writes", units],
    ["DynamoDB, storage and backup", (octetsKept * (PRICES.storage + PRICES.recovery)) / GB],
  ];
}

function others({ pushes, octetsOut }: Counts, logOctets: number): Bill {
  const { secrets, metrics, alarms } = ASSUMED;
  const watching = metrics * PRICES.metric + alarms * PRICES.alarm + PRICES.dashboard;
  return [
    ["SNS", (pushes * (PRICES.snsPublishes + PRICES.snsDeliveries)) / MILLION],
    ["Data out", tiered(octetsOut / GB, PRICES.dataOut)],
    ["Logs", (logOctets * PRICES.logs) / GB],
    ["Secrets, metrics, alarms", secrets * PRICES.secret + watching],
  ];
}
