import { setTimeout as wait } from "node:timers/promises";
import type { People } from "./people.ts";
import type { Phone } from "./phone.ts";
import type { Place } from "./place.ts";

/** Everybody who is there is sent a MESSAGE and called, and must get each exactly once. Answers what went wrong. */
export async function probe({ place, phones, users, devicesOf }: People): Promise<readonly string[]> {
  const probed = users.map(async (user) => {
    const devices = devicesOf(user).filter(({ goal }) => goal === "awake");
    const sender = phones.find((phone) => phone.user !== user && phone.goal === "awake" && phone.isThere);
    return sender === undefined ? [] : probeUser(user, devices, sender, place);
  });
  return (await Promise.all(probed)).flat();
}

async function probeUser(
  user: string,
  devices: readonly Phone[],
  sender: Phone,
  place: Place,
): Promise<readonly string[]> {
  const { id, status } = await sender.message(user);
  // To who is not there it finds out what is left of connections that have ended.
  if (devices.length === 0) return [];
  const wrongs: string[] = [];
  if (status !== 200) wrongs.push(`a MESSAGE to ${user} was answered ${status} when all was well`);
  const call = sender.call(user, "answer", 0, undefined);
  const began = Date.now();
  while (!call.isOver && Date.now() - began < 10_000) await wait(20);
  const [final] = call.finals;
  if (final?.status !== 200)
    wrongs.push(`${user} could not be called when all was well: ${final?.status ?? "no answer"}`);
  for (const phone of devices) {
    if (phone.mayBeOvertaken) continue;
    if (place.messages.get(id)?.get(phone)?.size !== 1)
      wrongs.push(`${phone.name} is lost: it did not get its MESSAGE ${id} once`);
    if (!call.rings.has(phone)) wrongs.push(`${phone.name} is lost: it did not get its call ${call.id}`);
  }
  return wrongs;
}
