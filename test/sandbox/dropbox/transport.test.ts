import { describe, expect, test } from 'vitest';

import { buildFault } from '../wire/fault-list.ts';
import { byId, smallTeam, startTeam } from './sandbox-team.ts';
import { textMatching } from './text-matching.ts';

const suspend = '/2/team/members/suspend';

describe('transport', () => {
  test('answers an unknown path with 501 and names it', async () => {
    const team = await startTeam(smallTeam());
    const answer = await team.send({ url: '/2/team/members/list_v3', body: 'null' });
    expect(answer.status).toBe(501);
    expect(answer.body).toContain('/2/team/members/list_v3');
  });

  test('knows the version suffix on the last segment only', async () => {
    const team = await startTeam(smallTeam());
    const wrong = await team.send({ url: '/2/team/members/list_v2/continue', body: '{}' });
    const right = await team.send({ url: '/2/team/members/list/continue_v2', body: '{}' });
    expect([wrong.status, right.status]).toEqual([501, 400]);
  });

  test('refuses every method but POST in plain text', async () => {
    const team = await startTeam(smallTeam());
    const answer = await team.send({ method: 'GET', url: '/2/team/get_info' });
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toContain('text/plain');
    expect(answer.body).toContain('"GET"');
  });

  test('puts a request id on every answer, injected failures included', async () => {
    const team = await startTeam(smallTeam());
    team.addFault(
      buildFault({ route: '/2/team/get_info', nth: 2 }, { kind: 'status', status: 500 }),
    );
    const answers = [
      await team.call('team/get_info', null),
      await team.call('team/get_info', null),
      await team.call('team/get_info', {}),
      await team.call('team/members/unsuspend', { user: byId('dbmid:nobody') }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 500, 400, 409]);
    const ids = answers.map(({ headers }) => headers['x-dropbox-request-id']);
    expect(new Set(ids).size).toBe(4);
    expect(ids).not.toContain(undefined);
  });

  test('ends the error summary in any number of dots', async () => {
    const team = await startTeam(smallTeam());
    const summaries = new Set<unknown>();
    for (let index = 0; index < 20; index += 1) {
      const { body } = await team.call('team/members/unsuspend', { user: byId('dbmid:nobody') });
      expect(body).toMatchObject({ error_summary: textMatching(/^user_not_found\/\.*$/) });
      summaries.add(JSON.stringify(body));
    }
    expect(summaries.size).toBeGreaterThan(1);
  });

  test('says 429 as JSON with the reason and Retry-After for too many writes', async () => {
    const team = await startTeam(smallTeam(), { retryAfterSeconds: 7 });
    team.addFault(
      buildFault({ route: suspend }, { kind: 'special', name: 'tooManyWriteOperations' }),
    );
    const argument = { user: byId('dbmid:ada'), wipe_data: false };
    const refused = await team.call('team/members/suspend', argument);
    expect(refused).toMatchObject({
      status: 429,
      headers: { 'retry-after': '7' },
      body: { error: { reason: { '.tag': 'too_many_write_operations' }, retry_after: 7 } },
    });
    expect((await team.call('team/members/suspend', argument)).status).toBe(200);
  });

  test('says 429 as plain text on the n-th call of a route', async () => {
    const team = await startTeam(smallTeam());
    team.addFault(
      buildFault(
        { route: '/2/team/get_info', nth: 2 },
        { kind: 'status', status: 429, retryAfter: '3', body: 'text' },
      ),
    );
    expect((await team.call('team/get_info', null)).status).toBe(200);
    const refused = await team.call('team/get_info', null);
    expect(refused.status).toBe(429);
    expect(refused.headers).toMatchObject({ 'content-type': 'text/plain', 'retry-after': '3' });
  });

  test.each([
    ['json', 'application/json'],
    ['text', 'text/plain; charset=utf-8'],
  ] as const)('counts refused calls against the limit and answers in %s', async (form, type) => {
    const team = await startTeam(smallTeam(), {
      rateLimitCalls: 2,
      rateLimitWindowSeconds: 10,
      rateLimitBody: form,
    });
    const call = async () => (await team.call('team/get_info', null)).status;
    expect([await call(), await call()]).toEqual([200, 200]);
    team.clock.setOffsetMs(5_000);
    const refused = await team.call('team/get_info', null);
    expect(refused).toMatchObject({
      status: 429,
      headers: { 'content-type': type, 'retry-after': '5' },
    });
    expect(await call()).toBe(429);
    team.clock.setOffsetMs(10_001);
    expect(await call()).toBe(429);
    team.clock.setOffsetMs(30_000);
    expect(await call()).toBe(200);
  });

  test('answers 500 and 503 with an HTML page when told to', async () => {
    const team = await startTeam(smallTeam());
    for (const status of [500, 503]) {
      team.addFault(buildFault({ route: suspend }, { kind: 'status', status, body: 'html' }));
      const answer = await team.call('team/members/suspend', { user: byId('dbmid:ada') });
      expect(answer.status).toBe(status);
      expect(answer.headers['content-type']).toContain('text/html');
    }
    expect(await team.readWrites()).toEqual([]);
  });

  test('breaks the connection after the write took effect', async () => {
    const team = await startTeam(smallTeam());
    team.addFault(buildFault({ route: suspend, when: 'after' }, { kind: 'reset' }));
    const result = await team.sendRaw('team/members/suspend', {
      user: byId('dbmid:ada'),
      wipe_data: false,
    });
    expect(result.kind).toBe('reset');
    const { members } = await team.readTeam();
    expect(members.find(({ memberId }) => memberId === 'dbmid:ada')?.status).toBe('suspended');
    expect(await team.readWrites()).toHaveLength(1);
  });
});
