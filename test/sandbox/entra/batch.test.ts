import { describe, expect, test } from 'vitest';

import { buildFault } from '../wire/fault-list.ts';
import { createProbe, group, guid, range, tenant, user, type GraphProbe } from './graph-probe.ts';

interface Part {
  readonly id: string;
  readonly method: string;
  readonly url: string;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: unknown;
  readonly dependsOn?: readonly string[];
}

function createPeople(): GraphProbe {
  const probe = createProbe();
  const people = range(1, 30);
  probe.emulator.directory.load(
    tenant(
      people.map((number) => user(number)),
      [group(0xa0000, people)],
    ),
  );
  return probe;
}

function look(number: number): Part {
  return { id: `look-${number}`, method: 'GET', url: `/users/${guid(number)}?$select=id` };
}

async function send({ post }: GraphProbe, requests: readonly Part[]) {
  const answer = await post('/$batch', { requests });
  const parts = new Map((answer.body.responses ?? []).map((part) => [part.id, part]));
  return { answer, parts };
}

test('answers up to 20 parts in another order, each with its own log record', async () => {
  const probe = createPeople();
  const { answer, parts } = await send(probe, range(1, 20).map(look));
  const order = (answer.body.responses ?? []).map(({ id }) => id);
  expect(order).not.toEqual(range(1, 20).map((number) => `look-${number}`));
  expect(parts.get('look-7')?.body).toMatchObject({ id: guid(7) });
  expect(probe.emulator.log.readCounts()).toMatchObject({
    byRoute: { '/$batch': 1, '/users/{id}': 20 },
    requests: 1,
    batchParts: 20,
  });
});

describe('refuses', () => {
  test.each([
    ['21 parts', range(1, 21).map(look)],
    ['the same id twice', [look(1), look(1)]],
    ['a dependency on nobody', [{ ...look(1), dependsOn: ['look-2'] }]],
  ])('%s with 400', async (_, requests) => {
    const { answer } = await send(createPeople(), requests);
    expect(answer.status).toBe(400);
  });

  test('a part with the version in its address, a body without content type, and a batch in a batch', async () => {
    const check = { method: 'POST', url: `/users/${guid(1)}/checkMemberGroups` };
    const { parts } = await send(createPeople(), [
      { id: 'version', method: 'GET', url: '/v1.0/users' },
      { id: 'type', ...check, body: { groupIds: [] } },
      {
        id: 'batch',
        method: 'POST',
        url: '/$batch',
        headers: { 'Content-Type': 'application/json' },
        body: { requests: [look(1)] },
      },
    ]);
    expect([...parts.values()].map(({ status }) => status)).toEqual([400, 400, 400]);
  });
});

test('goes on with 424 after a part that failed', async () => {
  const { parts } = await send(createPeople(), [
    look(99),
    { ...look(1), dependsOn: ['look-99'] },
    look(2),
  ]);
  expect(parts.get('look-99')?.status).toBe(404);
  expect(parts.get('look-1')?.status).toBe(424);
  expect(parts.get('look-2')?.status).toBe(200);
});

test('gives a throttled part its own Retry-After', async () => {
  const probe = createPeople();
  probe.emulator.faults.add(
    buildFault(
      { route: '/users/{id}', nth: 2 },
      { kind: 'status', status: 429, retryAfter: '1.5' },
    ),
  );
  const { answer, parts } = await send(probe, [look(1), look(2)]);
  expect(answer.status).toBe(200);
  expect(parts.get('look-1')?.status).toBe(200);
  expect(parts.get('look-2')).toMatchObject({
    status: 429,
    headers: { 'Retry-After': '1.5' },
    body: { error: { code: 'TooManyRequests' } },
  });
});

test('sends a body that is not JSON in base64, and none where there is none', async () => {
  const probe = createPeople();
  const status = { kind: 'status', status: 502 } as const;
  probe.emulator.faults.add(buildFault({ route: '/users/{id}' }, { ...status, body: 'html' }));
  probe.emulator.faults.add(
    buildFault({ route: '/users/{id}', nth: 2 }, { ...status, body: 'empty' }),
  );
  const { parts } = await send(probe, [look(1), look(2)]);
  const html = parts.get('look-1')?.body;
  expect(Buffer.from(String(html), 'base64').toString()).toContain('Error 502');
  expect(parts.get('look-2')).not.toHaveProperty('body');
});

test('carries casts, streams and questions about one person, and absolute next links', async () => {
  const probe = createPeople();
  const cast = `/groups/${guid(0xa0000)}/members/microsoft.graph.user`;
  const { parts } = await send(probe, [
    {
      id: 'cast',
      method: 'GET',
      url: `${cast}?$count=true&$top=10&$select=id`,
      headers: { ConsistencyLevel: 'eventual' },
    },
    { id: 'stream', method: 'GET', url: 'groups/delta?$deltatoken=latest&$select=id,members' },
    {
      id: 'check',
      method: 'POST',
      url: `/users/${guid(1)}/checkMemberGroups`,
      headers: { 'Content-Type': 'application/json' },
      body: { groupIds: [guid(0xa0000)] },
    },
  ]);
  const listed = JSON.stringify(parts.get('cast')?.body);
  expect(listed).toMatch(/"http:\/\/entra\.sandbox\/v1\.0\/groups\/[^"]*\$skiptoken=/u);
  expect(parts.get('stream')?.body).toMatchObject({ value: [] });
  expect(parts.get('check')?.body).toMatchObject({ value: [guid(0xa0000)] });
});

test('needs the token as a whole', async () => {
  const { post } = createPeople();
  const answer = await post('/$batch', { requests: [look(1)] }, { authorization: 'Bearer no' });
  expect(answer.status).toBe(401);
});
