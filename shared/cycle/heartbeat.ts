import { StorageConflictError } from '../model/errors.ts';
import { noHeartbeat, type Heartbeat } from '../model/job.ts';
import { readRange } from '../model/table-pages.ts';
import { heldPartition, heldTable } from '../rows/held.ts';
import { loadHeartbeat, saveHeartbeat } from '../rows/job.ts';
import { parsePendingEntry, pendingPartition, scheduleTable } from '../outbox/entry.ts';
import { loadOutbox } from '../outbox/outbox-row.ts';
import type { CycleDeps } from './deps.ts';
import { createOldestRemoval } from './oldest-removal.ts';

const saveTries = 6;
/** A long backlog is counted once a minute, a short one at every tick. */
const recountMs = 60_000;
const shortBacklog = 1_000;

/** Thrown where the storage belongs to another tenant or another team than the one we talk to. */
export class WrongPlaceError extends Error {
  readonly code: string;
  constructor(message: string, code: string) {
    super(message);
    this.name = 'WrongPlaceError';
    this.code = code;
  }
}

/** Changes the heartbeat, whoever else does. Returns what it is then. */
export async function updateHeartbeat(
  deps: CycleDeps,
  change: (heartbeat: Heartbeat) => Heartbeat,
): Promise<Heartbeat> {
  for (let tries = 1; ; tries++) {
    const found = await loadHeartbeat(deps.tables);
    const value = change(found.value);
    try {
      await saveHeartbeat(deps.tables, { value, etag: found.etag });
      return value;
    } catch (error) {
      if (!(error instanceof StorageConflictError) || tries >= saveTries) throw error;
    }
  }
}

/** One question that proves that Dropbox answers us, and that it is still the same team. Throws WrongPlaceError where it is another. */
export async function probeTeam(deps: CycleDeps): Promise<void> {
  const { teamId } = await deps.team.readTeam();
  const heartbeat = await updateHeartbeat(deps, (before) => ({
    ...before,
    probedAt: deps.clock.now(),
    teamId: before.teamId ?? teamId,
  }));
  if (heartbeat.teamId === teamId) return;
  const message = `the stored state belongs to Dropbox team ${heartbeat.teamId}, the credentials to ${teamId}`;
  throw new WrongPlaceError(message, 'otherTeam');
}

/** Throws WrongPlaceError where the stored state belongs to another tenant. */
export async function checkTenant(deps: CycleDeps): Promise<Heartbeat> {
  const { tenantId } = deps.cycle;
  const heartbeat = await updateHeartbeat(deps, (before) => ({
    ...before,
    at: deps.clock.now(),
    tenantId: before.tenantId ?? tenantId,
  }));
  if (heartbeat.tenantId === tenantId) return heartbeat;
  const message = `the stored state belongs to tenant ${heartbeat.tenantId}, the settings name ${tenantId}`;
  throw new WrongPlaceError(message, 'otherTenant');
}

/** Counts what waits, unless a long backlog was counted a moment ago. */
export async function countBacklog(
  deps: CycleDeps,
  last: Heartbeat['backlog'],
): Promise<Heartbeat['backlog']> {
  const at = deps.clock.now();
  if (last.pending + last.held > shortBacklog && at - last.at < recountMs) return last;
  const backlog = { ...noHeartbeat.backlog, at };
  const oldestRemoval = createOldestRemoval(deps.tables, at);
  for await (const rows of readRange(deps.tables, scheduleTable, pendingPartition)) {
    for (const row of rows) {
      const entry = parsePendingEntry(row);
      if (entry === undefined) continue;
      backlog.pending += 1;
      oldestRemoval.seePending(entry);
      if (entry.due > at + recountMs) backlog.escrow += 1;
      const isOldest = backlog.oldestDue === 0 || entry.due < backlog.oldestDue;
      if (isOldest) backlog.oldestDue = entry.due;
    }
  }
  for await (const rows of readRange(deps.tables, heldTable, heldPartition)) {
    backlog.held += rows.length;
    backlog.staged += rows.filter(
      ({ columns }) => columns['batch'] !== undefined && columns['batch'] !== '',
    ).length;
    await oldestRemoval.seeHeld(rows);
  }
  backlog.oldestRemoval = oldestRemoval.since;
  const { slots } = await loadOutbox(deps.tables, deps.outbox.slots);
  backlog.slots = slots.filter((slot) => slot !== undefined).length;
  return backlog;
}
