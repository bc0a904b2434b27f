import { z } from 'zod';
import { describe, expect, test } from 'vitest';

import { buildFault } from '../wire/fault-list.ts';
import {
  byGroupId,
  byId,
  calmSettings,
  readError,
  smallTeam,
  startTeam,
  type ApiAnswer,
  type SandboxTeam,
} from './sandbox-team.ts';
import { textMatching } from './text-matching.ts';

const add = 'team/members/add_v2';
const addStatus = 'team/members/add/job_status/get_v2';
const remove = 'team/members/remove';
const removeStatus = 'team/members/remove/job_status/get';
const newcomer = { new_members: [{ member_email: 'new@example.com' }] };
const removeBob = { user: byId('dbmid:bob'), wipe_data: false };

const jobSchema = z.object({ '.tag': z.literal('async_job_id'), async_job_id: z.string() });

function readJob(answer: ApiAnswer) {
  return { async_job_id: jobSchema.parse(answer.body).async_job_id };
}

async function readAddresses(team: SandboxTeam): Promise<readonly string[]> {
  return (await team.readTeam()).members
    .filter(({ status }) => status !== 'removed')
    .map(({ email }) => email);
}

describe('jobs that add and remove members', () => {
  test('are always used for an add that asks for one', async () => {
    const team = await startTeam(smallTeam(), calmSettings);
    const job = readJob(await team.call(add, { ...newcomer, force_async: true }));
    const answers = [];
    for (let poll = 0; poll < 4; poll += 1) answers.push((await team.call(addStatus, job)).body);
    expect(answers).toMatchObject([
      { '.tag': 'in_progress' },
      { '.tag': 'in_progress' },
      { '.tag': 'complete', complete: [{ '.tag': 'success' }] },
      { '.tag': 'complete', complete: [{ '.tag': 'success' }] },
    ]);
  });

  test('are used for every n-th add and removal by themselves', async () => {
    const team = await startTeam(smallTeam(), { asyncAdd: 2, asyncRemove: 'always' });
    const tags = [];
    for (const email of ['a@example.com', 'b@example.com', 'c@example.com']) {
      const { body } = await team.call(add, { new_members: [{ member_email: email }] });
      tags.push(z.object({ '.tag': z.string() }).parse(body)['.tag']);
    }
    expect(tags).toEqual(['complete', 'async_job_id', 'complete']);
    const job = readJob(await team.call(remove, removeBob));
    const answers = [];
    for (let poll = 0; poll < 3; poll += 1) answers.push((await team.call(removeStatus, job)).body);
    expect(answers).toEqual([
      { '.tag': 'in_progress' },
      { '.tag': 'in_progress' },
      { '.tag': 'complete' },
    ]);
  });

  test('take effect at once, or later where the settings say so', async () => {
    const atOnce = await startTeam(smallTeam(), { asyncAdd: 'always' });
    await atOnce.call(add, newcomer);
    expect(await readAddresses(atOnce)).toContain('new@example.com');
    const later = await startTeam(smallTeam(), {
      asyncAdd: 'always',
      asyncRemove: 'always',
      asyncEffectMs: 1_000,
      jobPolls: 0,
    });
    const job = readJob(await later.call(add, newcomer));
    await later.call(remove, removeBob);
    expect(await readAddresses(later)).not.toContain('new@example.com');
    expect((await later.call(addStatus, job)).body).toEqual({ '.tag': 'in_progress' });
    later.clock.setOffsetMs(1_000);
    expect((await later.call(addStatus, job)).body).toMatchObject({
      complete: [{ '.tag': 'success' }],
    });
    const addresses = await readAddresses(later);
    expect(addresses).toContain('new@example.com');
    expect(addresses).not.toContain('bob@example.com');
    expect(await later.readWrites()).toMatchObject([
      { result: { changed: [{ email: 'new@example.com' }], jobId: job.async_job_id } },
      { result: { changed: [{ id: 'dbmid:bob' }] } },
    ]);
  });

  test.each([
    ['jobFailed', false],
    ['jobFailedAfter', true],
  ])('can end as failed: %s', async (name, isAdded) => {
    const team = await startTeam(smallTeam(), { ...calmSettings, jobPolls: 0 });
    team.addFault(buildFault({ route: `/2/${add}` }, { kind: 'special', name }));
    const job = readJob(await team.call(add, newcomer));
    expect((await team.call(addStatus, job)).body).toEqual({
      '.tag': 'failed',
      failed: textMatching(),
    });
    expect((await readAddresses(team)).includes('new@example.com')).toBe(isAdded);
    expect(await team.readWrites()).toHaveLength(isAdded ? 1 : 0);
  });

  test('can answer a poll with internal_error after the effect', async () => {
    const team = await startTeam(smallTeam(), { ...calmSettings, jobPolls: 0 });
    for (const route of [addStatus, removeStatus]) {
      team.addFault(
        buildFault({ route: `/2/${route}` }, { kind: 'special', name: 'internalError' }),
      );
    }
    for (const route of [add, remove]) {
      team.addFault(buildFault({ route: `/2/${route}` }, { kind: 'special', name: 'goAsync' }));
    }
    const added = readJob(await team.call(add, newcomer));
    const removed = readJob(await team.call(remove, removeBob));
    expect(readError(await team.call(addStatus, added))).toBe('internal_error');
    expect(readError(await team.call(removeStatus, removed))).toBe('internal_error');
    const addresses = await readAddresses(team);
    expect(addresses).toContain('new@example.com');
    expect(addresses).not.toContain('bob@example.com');
  });

  test('are unknown under a wrong id, to the other route, and after their time', async () => {
    const team = await startTeam(smallTeam(), { jobKeepMs: 60_000 });
    const job = readJob(await team.call(add, { ...newcomer, force_async: true }));
    expect(readError(await team.call(removeStatus, job))).toBe('invalid_async_job_id');
    expect(readError(await team.call(addStatus, { async_job_id: 'x' }))).toBe(
      'invalid_async_job_id',
    );
    expect((await team.call(addStatus, { async_job_id: '' })).status).toBe(400);
    team.clock.setOffsetMs(60_001);
    expect(readError(await team.call(addStatus, job))).toBe('invalid_async_job_id');
  });
});

describe('jobs of groups', () => {
  const status = 'team/groups/job_status/get';

  test('changes of members answer with a single space that is no job', async () => {
    const team = await startTeam(smallTeam());
    const { body } = await team.call('team/groups/members/add', {
      group: byGroupId('g:design'),
      members: [{ user: byId('dbmid:bob'), access_type: 'member' }],
      return_members: false,
    });
    expect(body).toMatchObject({ async_job_id: ' ', group_info: { member_count: 3 } });
    expect(readError(await team.call(status, { async_job_id: ' ' }))).toBe('invalid_async_job_id');
  });

  test('a deleted group is gone at once while its job goes on', async () => {
    const team = await startTeam(smallTeam());
    const job = readJob(await team.call('team/groups/delete', byGroupId('g:design')));
    const info = await team.call('team/groups/get_info', {
      '.tag': 'group_ids',
      group_ids: ['g:design'],
    });
    expect(info.body).toEqual([{ '.tag': 'id_not_found', id_not_found: 'g:design' }]);
    const answers = [];
    for (let poll = 0; poll < 3; poll += 1) answers.push((await team.call(status, job)).body);
    expect(answers).toEqual([
      { '.tag': 'in_progress' },
      { '.tag': 'in_progress' },
      { '.tag': 'complete' },
    ]);
    team.addFault(
      buildFault({ route: `/2/${status}` }, { kind: 'special', name: 'internalError' }),
    );
    expect(readError(await team.call(status, job))).toBe('internal_error');
  });

  test('a group can be deleted without a job', async () => {
    const team = await startTeam(smallTeam(), { asyncDeleteGroup: 'never' });
    const { body } = await team.call('team/groups/delete', byGroupId('g:design'));
    expect(body).toEqual({ '.tag': 'complete' });
  });
});
