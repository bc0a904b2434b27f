import type { Row, TableAction, TableStore } from '../model/ports.ts';
import { readRange, writeMany } from '../model/table-pages.ts';
import { heldEffectSchema, type HeldEffect, type Reason } from '../model/row-parts.ts';
import { StorageConflictError } from '../model/errors.ts';

export const heldTable = 'Schedule';
export const heldPartition = 'held';

/** The columns of a row that decide how long a taking is held. */
export interface TakingColumns {
  readonly takes: HeldEffect;
  readonly takesBecause: Reason | null;
  readonly takesKind: 'said' | 'missing' | null;
  readonly takesSince: number;
}

/** One entry per identity and time since which it loses something: written again, it is the same entry. */
function heldKey(id: string, since: number): string {
  return `${String(since).padStart(14, '0')}|${id}`;
}

/**
 * Ids: `u:<user>` a person, `g:<group>` a group, `e:<group>:<user>` a membership, `x:<user>` a link to a member whom Dropbox does not know
 * any more.
 */
export interface Held {
  readonly id: string;
  readonly desired: TakingColumns;
}

/** What judgement has noted about an entry. */
export interface HeldNotes {
  /** The staged batch in which it waits for a person to decide; empty for none. */
  readonly batch: string;
  /** The kind of reason for which a person has rejected it, and when, in milliseconds since 1970: `missing 1772…`; empty for not. */
  readonly rejected: string;
  /** In how many cycles Entra did not confirm it, and the last of them. */
  readonly openCycles: number;
  readonly openIn: string;
  /** What the witness said, for a person to read; empty while it has not been asked. */
  readonly witness: string;
  /** Groups that the witness names, with the cycles whose whole direct read did not show the person. */
  readonly reads: { readonly [groupId: string]: readonly string[] };
  /** Why it is not judged at all (protected, on hold), said once. */
  readonly stopped: string;
}

export interface HeldEntry extends HeldNotes {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly effect: HeldEffect;
  readonly kind: 'said' | 'missing';
  readonly code: string;
  readonly detail: string;
}

/** Puts into `held` what would take access away: kept until it is judged, whatever Dropbox looks like meanwhile. */
export async function hold(tables: TableStore, held: readonly Held[]): Promise<void> {
  const actions = held.map(({ id, desired }): TableAction => {
    const columns = {
      v: 1,
      effect: desired.takes,
      kind: desired.takesKind ?? 'missing',
      code: desired.takesBecause?.code ?? '',
      detail: desired.takesBecause?.detail ?? '',
    };
    return { kind: 'upsert', rowKey: heldKey(id, desired.takesSince), columns };
  });
  await writeMany(tables, heldTable, heldPartition, actions);
}

/** All that is held, the oldest first, page by page. An entry that makes no sense is passed over. */
export async function* readHeld(tables: TableStore): AsyncGenerator<readonly HeldEntry[]> {
  for await (const rows of readRange(tables, heldTable, heldPartition)) {
    yield rows.flatMap((row) => parseHeld(row) ?? []);
  }
}

function parseHeld({ rowKey, columns }: Row): HeldEntry | undefined {
  const bar = rowKey.indexOf('|');
  const effect = heldEffectSchema.safeParse(columns['effect']);
  if (bar < 0 || !effect.success) return undefined;
  const text = (name: string): string => String(columns[name] ?? '');
  return {
    id: rowKey.slice(bar + 1),
    since: Number(rowKey.slice(0, bar)),
    effect: effect.data,
    kind: text('kind') === 'said' ? 'said' : 'missing',
    code: text('code'),
    detail: text('detail'),
    batch: text('batch'),
    rejected: text('rejected'),
    openCycles: Number(text('openCycles')),
    openIn: text('openIn'),
    witness: text('witness'),
    reads: parseReads(text('reads')),
    stopped: text('stopped'),
  };
}

function parseReads(text: string): HeldNotes['reads'] {
  const reads: { [groupId: string]: readonly string[] } = {};
  for (const pair of text.split(' ')) {
    const [groupId = '', cycles] = pair.split('=');
    if (groupId !== '') reads[groupId] = cycles === '' ? [] : (cycles ?? '').split(',');
  }
  return reads;
}

/** Notes something about entries that are still held; one that was let go of meanwhile stays gone. */
export async function noteHeld(
  tables: TableStore,
  notes: readonly { readonly entry: HeldEntry; readonly note: Partial<HeldNotes> }[],
): Promise<void> {
  const actions = notes.map(({ entry, note }): TableAction => {
    const { reads, ...plain } = note;
    const columns = { ...plain, ...(reads === undefined ? {} : { reads: formatReads(reads) }) };
    return { kind: 'merge', rowKey: heldKey(entry.id, entry.since), columns, etag: '*' };
  });
  await writeEach(tables, actions);
}

function formatReads(reads: HeldNotes['reads']): string {
  return Object.entries(reads)
    .map(([groupId, cycles]) => `${groupId}=${cycles.join(',')}`)
    .join(' ');
}

/** Takes entries out of `held`. Quiet about those that are not there. */
export async function dropManyHeld(
  tables: TableStore,
  entries: readonly Pick<HeldEntry, 'id' | 'since'>[],
): Promise<void> {
  const actions = entries.map(({ id, since }): TableAction => ({
    kind: 'delete',
    rowKey: heldKey(id, since),
    etag: '*',
  }));
  await writeEach(tables, actions);
}

/** Together, and one by one where one of them is gone: its neighbours must not suffer. */
async function writeEach(tables: TableStore, actions: readonly TableAction[]): Promise<void> {
  const size = 100;
  for (let start = 0; start < actions.length; start += size) {
    const part = actions.slice(start, start + size);
    try {
      await writeMany(tables, heldTable, heldPartition, part);
    } catch (error) {
      if (!(error instanceof StorageConflictError)) throw error;
      for (const action of part) await writeQuietly(tables, action);
    }
  }
}

async function writeQuietly(tables: TableStore, action: TableAction): Promise<void> {
  try {
    await tables.write(heldTable, heldPartition, [action]);
  } catch (error) {
    if (!(error instanceof StorageConflictError)) throw error;
  }
}

/**
 * The same for a worker, whose row may be out of date by now: the row is looked at once more, and an entry that the cycle has let go of
 * meanwhile is taken out again.
 */
export async function holdIfStillSo(
  tables: TableStore,
  held: Held,
  look: () => Promise<TakingColumns | undefined>,
): Promise<void> {
  await hold(tables, [held]);
  const now = await look();
  const { takesSince } = held.desired;
  if (now?.takes === 'none' || now?.takesSince !== takesSince) {
    await dropHeld(tables, held.id, takesSince);
  }
}

/** Takes an entry out of `held` because nothing is taken from this identity any more. Quiet where there is none. */
export async function dropHeld(tables: TableStore, id: string, since: number): Promise<void> {
  await writeQuietly(tables, { kind: 'delete', rowKey: heldKey(id, since), etag: '*' });
}
