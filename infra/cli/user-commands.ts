import type { Administrator, Declared, Removed, UserEntry } from "../local/admin/administrator.ts";
import { columns, counted, printable } from "./printed.ts";
import { type Report, undone } from "./report.ts";
import { unclosed } from "./unclosed.ts";

export async function addUser(administrator: Administrator, user: string, password: string): Promise<Report> {
  const told = await administrator.addUser(user, password);
  switch (told.outcome) {
    case "added":
      return { value: told, text: `Added ${told.aor}.\n` };
    case "exists":
      return undone(told, `${told.aor} exists already; user passwd changes a password`);
    case "declared":
      return undone(told, declaredThere(told));
  }
}

export async function setPassword(
  administrator: Administrator,
  user: string,
  password: string,
): Promise<Report> {
  const told = await administrator.setPassword(user, password);
  switch (told.outcome) {
    case "changed":
      return { value: told, text: `Changed the password of ${told.aor}.\n` };
    case "unknown":
      return undone(told, `there is no user ${told.aor}`);
    case "declared":
      return undone(told, declaredThere(told));
  }
}

export async function setRights(
  administrator: Administrator,
  user: string,
  rights: readonly string[] | null,
): Promise<Report> {
  const told = await administrator.setRights(user, rights);
  switch (told.outcome) {
    case "changed":
      return { value: told, text: `Rights of ${told.aor}: ${rightsText(told.rights)}.\n` };
    case "unchanged":
      return { value: told, text: `Rights of ${told.aor}, as before: ${rightsText(told.rights)}.\n` };
    case "unknown":
      return undone(told, `there is no user ${told.aor}`);
    case "declared":
      return undone(told, `${told.aor} is declared by ${told.declaredBy}, and may do everything`);
  }
}

export async function removeUser(administrator: Administrator, user: string): Promise<Report> {
  const told = await administrator.removeUser(user);
  switch (told.outcome) {
    case "removed":
      return { value: told, text: removedText(told), notes: unclosed(administrator, told) };
    case "unknown":
      return undone(told, `there is no user ${told.aor}`);
    case "declared":
      return undone(told, declaredThere(told));
  }
}

export async function listUsers(administrator: Administrator): Promise<Report> {
  const users: UserEntry[] = [];
  for await (const user of administrator.listUsers()) users.push(user);
  users.sort((a, b) => (a.user < b.user ? -1 : 1));
  if (users.length === 0) return { value: users, text: "", notes: ["there are no users"] };
  const rows = users.map(({ user, declaredBy, rights }) => [
    printable(user),
    rightsText(rights),
    declaredBy ?? "",
  ]);
  return { value: users, text: columns([["USER", "RIGHTS", "DECLARED BY"], ...rows]) };
}

/** As they are said to `user rights`. */
function rightsText(rights: readonly string[] | null): string {
  if (rights === null) return "all";
  return rights.length === 0 ? "none" : rights.join(" ");
}

function removedText({ aor, contacts, closed }: Removed): string {
  if (contacts === 0) return `Removed ${aor}, who had no contacts.\n`;
  const connections = closed.length === 0 ? "" : ` and closed ${counted(closed.length, "connection")}`;
  return `Removed ${aor} with ${counted(contacts, "contact")}${connections}.\n`;
}

function declaredThere({ aor, declaredBy }: Declared): string {
  return `${aor} is declared by ${declaredBy}; change it there`;
}
