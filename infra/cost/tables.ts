import { type Bill, cloudBill, edgesFor, fleetBill, sumOf } from "./bill.ts";
import type { Counts } from "./counts.ts";
import type { Flows } from "./flows.ts";
import { monthOf } from "./month.ts";
import { PROFILE, type Profile } from "./profile.ts";

const USERS = [1_000, 100_000, 10_000_000] as const;

const FLOWS: readonly (readonly [what: string, name: Exclude<keyof Flows, "octetsKept">])[] = [
  ["app opened and closed", "session"],
  ["REGISTER, challenged", "refresh"],
  ["ping", "ping"],
  ["call, callee online", "call"],
  ["call, callee woken", "wakeUpCall"],
  ["MESSAGE, callee online", "message"],
  ["MESSAGE, callee woken", "storedMessage"],
  ["reminder", "reminder"],
  ["look", "look"],
];

const COUNTS: readonly (readonly [what: string, name: keyof Counts])[] = [
  ["runs", "runs"],
  ["frames", "frames"],
  ["reads", "readUnits"],
  ["writes", "writeUnits"],
  ["DynamoDB calls", "calls"],
  ["pushes", "pushes"],
  ["alarms", "alarms"],
  ["octets out", "octetsOut"],
];

/** What each flow takes, as it was counted. */
export function flowsTable(flows: Flows): string {
  return table(
    ["", ...COUNTS.map(([what]) => what)],
    FLOWS.map(([what, flow]) => [what, ...COUNTS.map(([, name]) => grouped(flows[flow][name]))]),
  );
}

/** What people are taken to do. */
export function profileTable(profile: Profile): string {
  const names = Object.keys(PROFILE) as (keyof Profile)[];
  return table(
    ["", "", ""],
    names.map((name) => [`\`--${name}\``, String(profile[name]), PROFILE[name][1]]),
    1,
  );
}

/** What a month costs for so many users, on AWS's services and on edges of our own, item by item. */
export function billTables(flows: Flows, profile: Profile): string {
  const cloud = USERS.map((users) => cloudBill(flows, profile, users));
  const fleet = USERS.map((users) => fleetBill(flows, profile, users));
  const month = monthOf(flows, profile, false);
  const edges = USERS.map((users) => grouped(edgesFor(month, users)));
  return [
    billTable("API Gateway and Lambda, $ a month", cloud),
    billTable("Edges of our own, $ a month", fleet, [["edges", ...edges]]),
  ].join("\n");
}

function billTable(title: string, bills: readonly Bill[], more: readonly (readonly string[])[] = []): string {
  const rows = (bills[0] ?? []).map(([what], index) => [
    what,
    ...bills.map((bill) => dollars(bill[index]?.[1] ?? 0)),
  ]);
  const sums = bills.map(sumOf);
  return table(
    [title, ...USERS.map((users) => `${grouped(users)} users`)],
    [
      ...rows,
      ["**together**", ...sums.map((sum) => `**${dollars(sum)}**`)],
      ["for each user", ...sums.map((sum, index) => (sum / (USERS[index] ?? 1)).toFixed(4))],
      ...more,
    ],
  );
}

/** Columns beyond the first are numbers, but for the last `words` of them. */
function table(heads: readonly string[], rows: readonly (readonly string[])[], words = 0): string {
  const rules = heads.map((_, index) => (index === 0 || index >= heads.length - words ? "---" : "---:"));
  return [heads, rules, ...rows].map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

/** To the cent below ten, to the dollar above: it is an estimate. */
function dollars(amount: number): string {
  return amount < 10 ? amount.toFixed(2) : grouped(Math.round(amount));
}

function grouped(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}
