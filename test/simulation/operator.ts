import { loadOperator, saveOperator } from '../../shared/rows/job.ts';
import { loadBatches, readBatchItems, type Batch } from '../../shared/rows/batches.ts';
import {
  loadBatchDecisions,
  saveBatchDecisions,
  saveIdentityDecision,
  wholeBatch,
  type Decision,
} from '../../shared/rows/decisions.ts';
import { saveRequest } from '../../shared/rows/requests.ts';
import type { MemoryTables } from '../memory/memory-tables.ts';
import type { Character } from './character.ts';
import type { World } from './world.ts';

/** Somebody who looks after the job: pauses it, and decides about what is staged. */
export interface Operator {
  setPaused(paused: boolean): Promise<boolean>;
  /** Decides about one batch that is open, or about one identity. Returns what, and `nothing` where there is nothing to decide. */
  decide(): Promise<string>;
  /** Approves whatever is open and right, as Entra is now. Returns how many batches. */
  approveAll(): Promise<number>;
  /** When this identity was last approved, where no release has used that yet: it is used by this one. */
  useApproval(id: string): number | undefined;
  /** Identities of which something was ever refused. */
  readonly refused: ReadonlySet<string>;
  /** Identities about which anything was ever said. */
  readonly touched: ReadonlySet<string>;
}

export function createOperator(options: {
  readonly tables: MemoryTables;
  readonly world: World;
  readonly character: Character;
  readonly random: () => number;
  readonly now: () => number;
}): Operator {
  const { tables, world, character, random, now } = options;
  const approved = new Map<string, number>();
  const refused = new Set<string>();
  const touched = new Set<string>();
  const pick = <T>(all: readonly T[]): T | undefined => all[Math.floor(random() * all.length)];

  /** Somebody who looks into Entra before they approve: nobody is approved who is not gone. */
  function isRight(id: string): boolean {
    const [kind = '', one = '', other = ''] = id.split(':');
    if (kind === 'u') return world.truth.outSince(one) !== undefined;
    if (kind === 'g') return world.truth.wasUnassigned(one, Infinity);
    if (kind === 'e') return world.truth.wasOutOfGroup(one, other, Infinity);
    return true;
  }

  async function itemsOf(batch: Batch): Promise<readonly string[]> {
    const ids: string[] = [];
    for await (const items of readBatchItems(tables, batch.id)) {
      ids.push(...items.map(({ id }) => id));
    }
    return ids;
  }

  function word(verdict: Decision['verdict'], hash: string, until: number | null = null): Decision {
    return { verdict, by: 'operator', at: now(), until, hash };
  }

  async function approve(batch: Batch): Promise<boolean> {
    const ids = await itemsOf(batch);
    const right = ids.filter(isRight);
    if (right.length === 0) return false;
    const known = await loadBatchDecisions(tables, batch.id);
    const isWhole = right.length === ids.length && random() < 0.5 && known.size === 0;
    const news = right.filter((id) => !known.has(id) && !known.has(wholeBatch));
    if (news.length === 0) return false;
    const decision = word('approve', batch.hash);
    const entries = (isWhole ? [wholeBatch] : news).map((id) => [id, decision] as const);
    for (const id of right) approved.set(id, now());
    await saveBatchDecisions(tables, batch.id, new Map(entries));
    return true;
  }

  async function reject(batch: Batch): Promise<string> {
    const ids = await itemsOf(batch);
    const some = random() < 0.5 ? ids : ids.slice(0, 1);
    for (const id of some) refused.add(id);
    for (const id of some) touched.add(id);
    const decision = word('reject', batch.hash);
    const names = some.length === ids.length ? [wholeBatch] : some;
    await saveBatchDecisions(tables, batch.id, new Map(names.map((id) => [id, decision])));
    return `rejects ${some.length} of ${batch.id}`;
  }

  /** Nothing is to happen to this person for some minutes. */
  async function hold(): Promise<string> {
    const user = pick(world.entra.users());
    if (user === undefined) return 'nothing';
    const until = now() + Math.floor(random() * 20 * 60_000);
    touched.add(`u:${user.id}`);
    await saveIdentityDecision(tables, `u:${user.id}`, word('hold', '', until));
    return `holds u:${user.id}`;
  }

  /** What had been refused is to be judged again. */
  async function reopen(): Promise<string> {
    const id = pick([...refused]);
    if (id === undefined) return 'nothing';
    await saveIdentityDecision(tables, id, word('reopen', ''));
    return `reopens ${id}`;
  }

  return {
    refused,
    touched,
    useApproval(id) {
      const at = approved.get(id);
      approved.delete(id);
      return at;
    },
    async setPaused(paused) {
      const found = await loadOperator(tables);
      if (found === undefined || found.value.paused === paused) return false;
      await saveOperator(tables, { value: { ...found.value, paused }, etag: found.etag });
      return true;
    },
    async decide() {
      const kind = random();
      if (kind < 0.1) return hold();
      if (kind < 0.2 && character.rejects) return reopen();
      if (kind < 0.3) {
        await saveRequest(tables, { at: now(), by: 'operator' });
        return 'asks for a comparison';
      }
      const batch = pick(await loadBatches(tables, { closed: false }));
      if (batch === undefined) return 'nothing';
      if (character.rejects && random() < 0.4) return reject(batch);
      return (await approve(batch)) ? `approves ${batch.id}` : 'nothing';
    },
    async approveAll() {
      let count = 0;
      for (const batch of await loadBatches(tables, { closed: false })) {
        if (await approve(batch)) count += 1;
      }
      return count;
    },
  };
}
