import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { saveBatch, saveBatchState, type Batch } from '../../shared/rows/batches.ts';
import { settledTeam } from '../leaving/settled-team.ts';
import { cycle } from '../world/run.ts';
import { onlyBatch, output, problemOf, stagedTeam } from './run-staged.ts';

const dayMs = 86_400_000;

describe('list', () => {
  test('says that nothing waits where nothing does', async () => {
    const here = await settledTeam();
    expect(await output(here, 'list')).toBe('Nothing waits for a decision.');
    expect(await output(here, 'list', '--all')).toBe('There is no batch.');
  });

  test('shows each open batch on one line, in columns, with times in UTC', async () => {
    const here = await stagedTeam();
    const { id } = await onlyBatch(here);
    expect(await output(here, 'list')).toBe(
      [
        'batch                     of      part  items  created (UTC)     expires in  state  reason',
        `${id}  people  said  2      2026-03-02 08:03  7 d 0 h     waits  2 people would lose access, and no more than 0 may by now (of 5 that are managed, within 24 hours)`,
        '',
        'To see the items of one: npm run staged -- show <batch>',
      ].join('\n'),
    );
  });

  test('shows how far a decision is, and closed and expired ones as such', async () => {
    const here = await stagedTeam();
    const batch = await onlyBatch(here);
    await output(here, 'approve', batch.hash, '--only', 'u:ada');
    expect(await output(here, 'list')).toContain('1 of 2 decided');
    await output(here, 'reject', batch.hash, '--by', 'zoe');
    expect(await output(here, 'list')).toContain('rejected by zoe');
    here.clock.jump(7 * dayMs);
    expect(await output(here, 'list')).toMatch(/ –  +expired /);
    await saveBatchState(here.tables, { ...batch, state: 'closed' });
    expect(await output(here, 'list')).toBe('Nothing waits for a decision.');
    expect(await output(here, 'list', '--all')).toMatch(/ –  +closed /);
  });
});

describe('show', () => {
  test('shows every item with the address of the person, why, the hash and how to decide', async () => {
    const here = await stagedTeam();
    const { id, hash, reason } = await onlyBatch(here);
    expect(await output(here, 'show', id)).toBe(
      [
        `Batch ${id}: 2 people`,
        `  why      ${reason}`,
        '  part     said: Entra names the leaver',
        '  created  2026-03-02 08:03 UTC',
        '  expires  in 7 d 0 h, 2026-03-09 08:03 UTC; nothing is carried out then, what still applies is drawn up anew',
        '  state    waits',
        '',
        'id     effect   since (UTC)       who              state  why',
        'u:ada  suspend  2026-03-02 08:03  ada@contoso.com  waits  blocked: sign-in is blocked in Entra',
        'u:bob  suspend  2026-03-02 08:03  bob@contoso.com  waits  blocked: sign-in is blocked in Entra',
        '',
        `hash     ${hash}`,
        'checked  the items above give this hash; to see for yourself:',
        `         npm run --silent staged -- show ${id} --lines | LC_ALL=C sort | sha256sum`,
        `decide   npm run staged -- approve ${hash.slice(0, 16)}`,
        `         npm run staged -- reject ${hash.slice(0, 16)}`,
      ].join('\n'),
    );
  });

  test('takes the beginning of an id or of a hash for the whole', async () => {
    const here = await stagedTeam();
    const { id, hash } = await onlyBatch(here);
    const whole = await output(here, 'show', id);
    expect(await output(here, 'show', id.slice(0, 12))).toBe(whole);
    expect(await output(here, 'show', hash.slice(0, 8))).toBe(whole);
  });

  test('prints with --lines only what sha256sum turns into the hash', async () => {
    const here = await stagedTeam();
    const { id, hash } = await onlyBatch(here);
    const text = await output(here, 'show', id, '--lines');
    expect(text).toBe('u:ada suspend\nu:bob suspend');
    expect(createHash('sha256').update(`${text}\n`).digest('hex')).toBe(hash);
  });

  test('shows who decided about what, what is on hold, and what has dropped out', async () => {
    const here = await stagedTeam();
    const { id, hash } = await onlyBatch(here);
    await output(here, 'approve', hash, '--only', 'u:ada');
    await output(here, 'hold', 'u:bob');
    const decided = await output(here, 'show', id);
    expect(decided).toMatch(/^u:ada .* approved by olga {2}blocked/m);
    expect(decided).toMatch(/^u:bob .* on hold {11}blocked/m);
    here.entra.changeUser('bob', { accountEnabled: true });
    await cycle(here);
    expect(await output(here, 'show', id)).toMatch(/^u:bob .* (over|–) /m);
  });

  test('names the group of a membership, and a group by its name', async () => {
    const here = await settledTeam();
    const batch: Batch = {
      id: 'made-by-hand',
      hash: createHash('sha256').update('e:design:dan remove\ng:design remove\n').digest('hex'),
      part: 'missing',
      kind: 'memberships',
      count: 2,
      reason: 'a test',
      createdAt: here.clock.now(),
      expiresAt: here.clock.now() + dayMs,
      state: 'open',
    };
    const item = { effect: 'remove', since: 0, code: 'leftGroup', detail: 'left' } as const;
    await saveBatch(here.tables, batch, [
      { id: 'e:design:dan', ...item },
      { id: 'g:design', ...item },
    ]);
    const text = await output(here, 'show', batch.id);
    expect(text).toContain('dan@contoso.com in design');
    expect(text).toMatch(/^g:design .* {2}design /m);
  });

  test('refuses items that are not those of the hash, and tells not to approve them', async () => {
    const here = await stagedTeam();
    const { id, hash } = await onlyBatch(here);
    const columns = { effect: 'remove' };
    const rowKey = 'u:ada';
    await here.tables.write('Decisions', `items-${id}`, [{ kind: 'upsert', rowKey, columns }]);
    for (const words of [
      ['show', id],
      ['approve', hash],
    ]) {
      expect(await problemOf(here, ...words)).toMatch(
        /are not those it was drawn up with: .* do not approve/,
      );
    }
  });

  test('names the remedy where there is no such batch', async () => {
    const here = await stagedTeam();
    expect(await problemOf(here, 'show', 'another')).toBe(
      'there is no batch another; npm run staged -- list --all shows them all',
    );
  });
});
