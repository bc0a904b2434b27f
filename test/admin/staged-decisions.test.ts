import { describe, expect, test } from 'vitest';
import { saveBatch, saveBatchState, type Batch } from '../../shared/rows/batches.ts';
import { loadBatchDecisions } from '../../shared/rows/decisions.ts';
import { settledTeam } from '../leaving/settled-team.ts';
import { teamLines } from '../world/look.ts';
import { passMinutes } from '../world/run.ts';
import type { World } from '../world/world.ts';
import { onlyBatch, output, problemOf, stagedTeam } from './run-staged.ts';

const dayMs = 86_400_000;

describe('approve', () => {
  test('lets the next cycle ask the witness and suspend', async () => {
    const here = await stagedTeam();
    const { id, hash } = await onlyBatch(here);
    const text = await output(here, 'approve', hash.slice(0, 8));
    expect(text).toContain(`approved by olga: 2 of 2 items in batch ${id}`);
    expect(text).toContain('the next cycle asks the witness again');
    await passMinutes(here, 2);
    expect(teamLines(here)).toContain('ada (suspended)');
    expect(teamLines(here)).toContain('bob (suspended)');
    expect(await output(here, 'list')).toBe('Nothing waits for a decision.');
  });

  test('of some items only leaves the others waiting', async () => {
    const here = await stagedTeam();
    const { id, hash } = await onlyBatch(here);
    const text = await output(here, 'approve', hash, '--only', 'u:ada', '--by', 'zoe');
    expect(text).toContain(`approved by zoe: 1 of 2 items in batch ${id}`);
    expect(text).toContain('still waiting: 1 item');
    await passMinutes(here, 2);
    expect(teamLines(here)).toContain('ada (suspended)');
    expect(teamLines(here)).toContain('bob (active)');
  });

  test('of all but some leaves those waiting', async () => {
    const here = await stagedTeam();
    const { hash } = await onlyBatch(here);
    expect(await output(here, 'approve', hash, '--except', 'u:ada')).toContain('1 of 2 items');
    await passMinutes(here, 2);
    expect(teamLines(here)).toContain('ada (active)');
    expect(teamLines(here)).toContain('bob (suspended)');
  });

  test('says which earlier word still holds for the other items', async () => {
    const here = await stagedTeam();
    const { hash } = await onlyBatch(here);
    await output(here, 'approve', hash, '--by', 'zoe');
    const text = await output(here, 'reject', hash, '--only', 'u:ada');
    expect(text).toContain('still approved by zoe: 1 item');
    await passMinutes(here, 2);
    expect(teamLines(here)).toContain('ada (active)');
    expect(teamLines(here)).toContain('bob (suspended)');
  });

  test('of the whole takes back what was said about one item before', async () => {
    const here = await stagedTeam();
    const { id, hash } = await onlyBatch(here);
    await output(here, 'reject', hash, '--only', 'u:ada');
    await output(here, 'approve', hash);
    const decisions = [...(await loadBatchDecisions(here.tables, id)).values()];
    expect(decisions.map(({ verdict }) => verdict)).toEqual(['approve', 'approve']);
  });

  test('says so where no cycle will act on it', async () => {
    const here = await stagedTeam();
    const { hash } = await onlyBatch(here);
    await here.setOperator({ status: 'on', paused: true });
    expect(await output(here, 'approve', hash)).toMatch(
      /But the job is paused: the decision is kept/,
    );
    await here.setOperator({ status: 'planOnly', paused: false });
    expect(await output(here, 'approve', hash)).toContain('But the job only plans');
  });
});

test('reject lets the people keep their access, and says how to have it judged again', async () => {
  const here = await stagedTeam();
  const { hash } = await onlyBatch(here);
  const text = await output(here, 'reject', hash);
  expect(text).toMatch(/^rejected by olga: 2 of 2 items/);
  expect(text).toContain('npm run staged -- reopen <id>');
  await passMinutes(here, 3);
  expect(teamLines(here)).toContain('ada (active)');
  expect(await output(here, 'list')).toBe('Nothing waits for a decision.');
});

describe('a decision is refused, with the remedy', () => {
  test('for a hash that is too short, none at all, or nobody’s', async () => {
    const here = await stagedTeam();
    const { id, hash } = await onlyBatch(here);
    expect(await problemOf(here, 'approve', hash.slice(0, 7))).toMatch(/is too short .* first 8/);
    expect(await problemOf(here, 'approve', id)).toMatch(/is no hash: give the hash that .* show/);
    expect(await problemOf(here, 'reject', 'f'.repeat(64))).toMatch(/no batch has a hash .* list/);
  });

  test('for a beginning that fits more than one batch', async () => {
    const here = await settledTeam();
    for (const last of ['1', '2']) {
      const hash = `${'ab'.repeat(10)}${last.repeat(44)}`;
      await saveBatch(here.tables, bareBatch(here, { id: `batch-${last}`, hash }), []);
    }
    expect(await problemOf(here, 'approve', 'abababab')).toMatch(
      /fits 2 batches: batch-1 \(abab.*…\), batch-2 .*; give more characters/,
    );
    expect(await problemOf(here, 'show', 'batch-')).toMatch(/fits 2 batches/);
  });

  test('for a batch that has expired or is closed', async () => {
    const here = await stagedTeam();
    const batch = await onlyBatch(here);
    here.clock.jump(7 * dayMs);
    expect(await problemOf(here, 'approve', batch.hash)).toMatch(
      /expired on 2026-03-09 08:03 UTC: the next cycle draws up anew/,
    );
    await saveBatchState(here.tables, { ...batch, state: 'closed' });
    expect(await problemOf(here, 'reject', batch.hash)).toMatch(/is closed: nothing in it waits/);
  });

  test('for an id that is not in the batch, with the one that was meant', async () => {
    const here = await stagedTeam();
    const { id, hash } = await onlyBatch(here);
    expect(await problemOf(here, 'approve', hash, '--only', 'ada', 'u:zoe')).toBe(
      `not in batch ${id}: ada u:zoe; did you mean u:ada?; npm run staged -- show ${id} lists the ids`,
    );
    expect(await loadBatchDecisions(here.tables, id)).toEqual(new Map());
  });

  test('where nothing is left of the batch', async () => {
    const here = await stagedTeam();
    const { hash } = await onlyBatch(here);
    expect(await problemOf(here, 'reject', hash, '--except', 'u:ada', 'u:bob')).toMatch(
      /nothing is left to decide about/,
    );
  });
});

function bareBatch({ clock }: World, about: Pick<Batch, 'id' | 'hash'>): Batch {
  const now = clock.now();
  const rest = { part: 'said', kind: 'people', count: 0, reason: 'a test', state: 'open' } as const;
  return { ...about, ...rest, createdAt: now, expiresAt: now + dayMs };
}

test('the same list drawn up anew is the one that a hash means, not the one that has expired', async () => {
  const here = await stagedTeam();
  const old = await onlyBatch(here);
  here.clock.jump(8 * dayMs);
  await passMinutes(here, 2);
  const fresh = await onlyBatch(here);
  expect(fresh.hash).toBe(old.hash);
  expect(await output(here, 'approve', old.hash)).toContain(`in batch ${fresh.id}`);
});
