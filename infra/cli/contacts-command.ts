import type { Administrator, ContactEntry, Listed } from "../local/admin/administrator.ts";
import { columns, counted, printable } from "./printed.ts";
import { type Report, undone } from "./report.ts";
import { unclosed } from "./unclosed.ts";

/** `now` is in ms since 1970. */
export async function listContacts(administrator: Administrator, user: string, now: number): Promise<Report> {
  const told = await administrator.contactsOf(user);
  if (told.outcome === "unknown") return undone(told, `there is no user ${told.aor}`);
  if (told.contacts.length === 0) return { value: [], text: "", notes: [`${told.aor} has no contacts`] };
  return { value: told.contacts, text: listed(told, now) };
}

export async function removeContact(
  administrator: Administrator,
  user: string,
  key: string,
): Promise<Report> {
  const told = await administrator.removeContact(user, key);
  if (told.outcome === "unknown") return undone(told, `${told.aor} has no contact with this key`);
  const connection = told.closed.length === 0 ? "" : " and closed its connection";
  return {
    value: told,
    text: `Removed the contact of ${told.aor}${connection}.\n`,
    notes: unclosed(administrator, told),
  };
}

function listed({ aor, contacts }: Listed, now: number): string {
  const blocks = contacts.map((contact) => `\n${blockOf(contact, now)}`);
  return `${aor} has ${counted(contacts.length, "contact")}.\n${blocks.join("")}`;
}

/** Parameters that the key is made of: it says them already. */
const IN_KEY = /;(?:reg-id=\d+|\+sip\.instance="[^"]*")/gi;

/** A line for each fact: in one line they would not fit any terminal. */
function blockOf(contact: ContactEntry, now: number): string {
  const { key, state, uri, params, push, callId, cseq, expiresAt, connection } = contact;
  const facts: [string, string | undefined][] = [
    ["key", key],
    ["uri", uri],
    ["params", params.replace(IN_KEY, "") || undefined],
    ["push", push === null ? undefined : `${push.provider} ${push.app}`],
    ["connection", connection ?? undefined],
    ["expires", `${expiresAt} (${fromNow(Date.parse(expiresAt) - now)})`],
    ["call-id", `${callId} (CSeq ${cseq})`],
  ];
  const rows = facts.flatMap(([name, value]) =>
    value === undefined ? [] : [[`  ${name}`, printable(value)]],
  );
  return `${state}\n${columns(rows)}`;
}

const UNITS: readonly (readonly [name: string, ms: number])[] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000],
];

/** How far ahead, in its largest unit; a contact is used for some seconds past its end. */
function fromNow(ms: number): string {
  const [name, unit] = UNITS.find(([, size]) => ms >= size) ?? ["", 0];
  return unit === 0 ? "now" : `in ${counted(Math.floor(ms / unit), name)}`;
}
