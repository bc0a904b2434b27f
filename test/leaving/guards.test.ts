import { describe, expect, test } from 'vitest';
import { loadBatches, readBatchItems, type Batch } from '../../shared/rows/batches.ts';
import {
  saveBatchDecisions,
  saveIdentityDecision,
  wholeBatch,
  type Decision,
} from '../../shared/rows/decisions.ts';
import { batchHash } from '../../shared/plan/batch-hash.ts';
import { held, logLines, teamLines } from '../world/look.ts';
import { cycle, passMinutes } from '../world/run.ts';
import type { World } from '../world/world.ts';
import { largeTeam, settledTeam } from './settled-team.ts';

const hourMs = 3_600_000;

function countOf({ team }: World, status: string): number {
  return team.members().filter((member) => member.status === status).length;
}

function block({ entra }: World, from: number, to: number): void {
  for (let index = from; index < to; index++) {
    entra.changeUser(`a${index}`, { accountEnabled: false });
  }
}

async function openBatches({ tables }: World): Promise<readonly Batch[]> {
  return loadBatches(tables, { closed: false });
}

async function onlyBatch(here: World): Promise<Batch> {
  const [batch, ...others] = await openBatches(here);
  if (batch === undefined || others.length > 0) throw new Error('not one batch');
  return batch;
}

async function decide(
  here: World,
  verdict: Decision['verdict'],
  { hash, id }: Pick<Batch, 'hash' | 'id'>,
  item: string = wholeBatch,
): Promise<void> {
  const decision = { verdict, by: 'olga', at: here.clock.now(), until: null, hash };
  await saveBatchDecisions(here.tables, id, new Map([[item, decision]]));
}

describe('the budget', () => {
  test('lets ten people go at once, however small the team', async () => {
    const here = await largeTeam(12);
    block(here, 0, 10);
    await cycle(here);
    expect(countOf(here, 'suspended')).toBe(10);
  });

  test('stages half the tenant gone at once, and suspends nobody', async () => {
    const here = await largeTeam(40);
    block(here, 0, 20);
    await passMinutes(here, 5);
    expect(countOf(here, 'suspended')).toBe(0);
    const batch = await onlyBatch(here);
    expect(batch).toMatchObject({ part: 'said', kind: 'people', count: 20 });
    expect(batch.reason).toBe(
      '20 people would lose access, and no more than 10 may by now (of 40 that are managed, within 24 hours)',
    );
  });

  test('counts the last day: of two times 15 % an hour apart the second is staged whole', async () => {
    const budget = { people: 2, percent: 20, windowHours: 24 };
    const here = await largeTeam(40, { guards: { budget } });
    block(here, 0, 6);
    await cycle(here);
    here.clock.jump(hourMs);
    block(here, 6, 12);
    await passMinutes(here, 2);
    expect(countOf(here, 'suspended')).toBe(6);
    expect((await onlyBatch(here)).count).toBe(6);
  });

  test('forgets after a day', async () => {
    const budget = { people: 2, percent: 20, windowHours: 24 };
    const here = await largeTeam(40, { guards: { budget } });
    block(here, 0, 8);
    await cycle(here);
    here.clock.jump(25 * hourMs);
    block(here, 8, 16);
    await cycle(here);
    expect(countOf(here, 'suspended')).toBe(16);
  });

  test('lets those whom Entra names go although too many are missing', async () => {
    const here = await largeTeam(40);
    for (let index = 10; index < 30; index++) here.entra.setAssigned(`a${index}`, false);
    await cycle(here);
    here.clock.jump(11 * 60_000);
    block(here, 0, 3);
    await passMinutes(here, 2);
    expect(countOf(here, 'suspended')).toBe(3);
    expect(await onlyBatch(here)).toMatchObject({ part: 'missing', count: 20 });
  });

  test('goes on giving while removals are staged', async () => {
    const here = await largeTeam(40);
    block(here, 0, 20);
    await cycle(here);
    here.entra.changeUser('a30', { givenName: 'Renamed' });
    await passMinutes(here, 2);
    expect(here.team.members().map(({ givenName }) => givenName)).toContain('Renamed');
  });
});

async function stagedTeam(): Promise<readonly [World, Batch]> {
  const here = await largeTeam(40);
  block(here, 0, 20);
  await cycle(here);
  return [here, await onlyBatch(here)];
}

describe('a staged list', () => {
  test('has a hash that anybody can recompute from its items', async () => {
    const [here, { id, hash }] = await stagedTeam();
    const items = [];
    for await (const page of readBatchItems(here.tables, id)) items.push(...page);
    expect(batchHash(items)).toBe(hash);
    expect(items[0]).toMatchObject({ id: 'u:a0', effect: 'suspend', code: 'blocked' });
  });

  test('is carried out when a person approves it, and does not use up the budget', async () => {
    const [here, batch] = await stagedTeam();
    await decide(here, 'approve', batch);
    block(here, 20, 30);
    await passMinutes(here, 3);
    expect(countOf(here, 'suspended')).toBe(30);
    expect(await openBatches(here)).toEqual([]);
  });

  test('is not carried out by an approval of another list', async () => {
    const [here, batch] = await stagedTeam();
    await decide(here, 'approve', { ...batch, hash: 'another' });
    await passMinutes(here, 3);
    expect(countOf(here, 'suspended')).toBe(0);
  });

  test('loses whoever is back meanwhile, and the approved rest is asked about again', async () => {
    const [here, batch] = await stagedTeam();
    here.entra.changeUser('a0', { accountEnabled: true });
    await decide(here, 'approve', batch);
    await passMinutes(here, 3);
    expect(teamLines(here)).toContain('a0 (active)');
    expect(countOf(here, 'suspended')).toBe(19);
  });

  test('is decided one by one where a person wants to', async () => {
    const [here, batch] = await stagedTeam();
    await decide(here, 'reject', batch);
    await decide(here, 'approve', batch, 'u:a7');
    await passMinutes(here, 3);
    expect(countOf(here, 'suspended')).toBe(1);
    expect(teamLines(here)).toContain('a7 (suspended)');
    expect(logLines(here)).toContain('u:a0 none held rejected');
    expect(await openBatches(here)).toEqual([]);
  });

  test('that was rejected is not drawn up again, until more is to be taken away', async () => {
    const [here, batch] = await stagedTeam();
    await decide(here, 'reject', batch);
    await passMinutes(here, 30);
    expect(await openBatches(here)).toEqual([]);
    expect(held(here)).toHaveLength(20);
    here.entra.changeUser('a0', { state: 'hard' });
    await passMinutes(here, 2);
    expect(await onlyBatch(here)).toMatchObject({ part: 'doubt', count: 1 });
    expect(teamLines(here)).toContain('a0 (active)');
  });

  test('that nobody decides about expires, and is drawn up anew', async () => {
    const [here, batch] = await stagedTeam();
    here.clock.jump(8 * 24 * hourMs);
    await decide(here, 'approve', batch);
    await passMinutes(here, 3);
    expect(countOf(here, 'suspended')).toBe(0);
    const next = await onlyBatch(here);
    expect(next.id).not.toBe(batch.id);
    expect(next.hash).toBe(batch.hash);
  });
});

describe('people who are never touched', () => {
  test('a protected person is left alone, and that is said once', async () => {
    const here = await settledTeam({ guards: { protectedMembers: ['ada@contoso.com'] } });
    here.entra.changeUser('ada', { accountEnabled: false });
    await passMinutes(here, 10);
    expect(teamLines(here)).toContain('ada (active)');
    expect(logLines(here).filter((line) => line.includes('protectedMember'))).toHaveLength(1);
  });

  test('the admin who authorised us is left alone', async () => {
    const here = await settledTeam();
    const ada = here.team.members().find(({ email }) => email === 'ada@contoso.com');
    const value = ada ?? here.team.members()[0];
    if (value === undefined) throw new Error('nobody');
    here.dropbox.replace({ readAuthorisingAdmin: async () => ({ kind: 'done', value }) });
    here.entra.changeUser('ada', { accountEnabled: false });
    await passMinutes(here, 10);
    expect(teamLines(here)).toContain('ada (active)');
    expect(logLines(here).filter((line) => line.includes('authorisingAdmin'))).toHaveLength(1);
  });

  test('somebody on hold is left alone until the hold is over', async () => {
    const here = await settledTeam();
    const until = here.clock.now() + hourMs;
    const hold = { verdict: 'hold', by: 'olga', at: here.clock.now(), until, hash: '' } as const;
    await saveIdentityDecision(here.tables, 'u:ada', hold);
    here.entra.changeUser('ada', { accountEnabled: false });
    await passMinutes(here, 5);
    expect(teamLines(here)).toContain('ada (active)');
    here.clock.jump(hourMs);
    await cycle(here);
    expect(teamLines(here)).toContain('ada (suspended)');
  });
});
