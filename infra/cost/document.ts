import type { Flows } from "./flows.ts";
import { DEFAULT_PROFILE, DESK_PROFILE } from "./profile.ts";
import { billTables, flowsTable, profileTable } from "./tables.ts";

const BEGIN = "<!-- counted: `npm run cost -- --write` writes this, down to the end of it -->\n";
const END = "<!-- the end of it -->\n";

/** docs/cost.md with what was counted now; its words stay as they are. Throws if it has no place for that. */
export function documentWith(text: string, flows: Flows): string {
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (from < 0 || to < from) throw new Error("there is no place for what was counted");
  return `${text.slice(0, from + BEGIN.length)}\n${counted(flows)}\n${text.slice(to)}`;
}

function counted(flows: Flows): string {
  return [
    "## What each flow takes\n",
    flowsTable(flows),
    `A user who is asleep has ${flows.octetsKept} octets of records.\n`,
    "## Mobile users\n",
    profileTable(DEFAULT_PROFILE),
    billTables(flows, DEFAULT_PROFILE),
    "## Desk phones and open browsers\n",
    "`--online 1 --sessions 0 --ping 0 --refresh 432`: always connected, registering again before API Gateway would call them idle.\n",
    billTables(flows, DESK_PROFILE),
  ].join("\n");
}
