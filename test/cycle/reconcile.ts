import { loadHeartbeat } from '../../shared/rows/job.ts';
import { saveRequest } from '../../shared/rows/requests.ts';
import type { Heartbeat } from '../../shared/model/job.ts';
import { logLines } from '../world/look.ts';
import { passMinutes } from '../world/run.ts';
import { world, type World, type WorldBuilder } from '../world/world.ts';

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;

/** Ids of people by number, as they may stand in Entra: `a000`, `a001`, … */
export function idsOf(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `a${String(index).padStart(3, '0')}`);
}

/** A team in which everybody of these is linked, and nothing is left to be done. */
export function linkedTeam(ids: readonly string[]): WorldBuilder {
  const builder = world();
  for (const id of ids) builder.user(id).member(id);
  return builder;
}

/** Runs until nothing is left to be done, and forgets what that took. */
export async function settled(here: World): Promise<World> {
  await passMinutes(here, 3);
  here.dropbox.forgetCalls();
  here.log.clear();
  return here;
}

/** The cycles of a few minutes, a day later: the first of them compares. */
export async function nextDay(here: World, minutes = 2): Promise<void> {
  here.clock.jump(dayMs);
  await passMinutes(here, minutes);
}

/** Somebody asks for a comparison, and a few minutes pass. */
export async function onRequest(here: World, minutes = 2): Promise<void> {
  await saveRequest(here.tables, { at: here.clock.now(), by: 'ops@contoso.com' });
  await passMinutes(here, minutes);
}

export async function heartbeat(here: World): Promise<Heartbeat> {
  return (await loadHeartbeat(here.tables)).value;
}

/** What the provisioning log says that it did not say before, in the order of the alphabet. */
export async function newLines(
  here: World,
  during: () => Promise<unknown>,
): Promise<readonly string[]> {
  const before = logLines(here);
  await during();
  const counts = new Map<string, number>();
  for (const line of before) counts.set(line, (counts.get(line) ?? 0) + 1);
  return logLines(here)
    .filter((line) => {
      const left = counts.get(line) ?? 0;
      counts.set(line, left - 1);
      return left <= 0;
    })
    .toSorted();
}
