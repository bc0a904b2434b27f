import { expect, test } from 'vitest';

import {
  BadRequestError,
  CredentialError,
  HttpFailureError,
  ThrottledError,
  TransientError,
} from '../../shared/model/errors.ts';
import type { MembersAnswer } from '../../shared/model/source.ts';
import {
  batch,
  catchError,
  createScriptedGraph,
  failure,
  json,
  readParts,
} from './scripted-graph.ts';
import type { PartAnswer, SentPart } from './scripted-graph.ts';

const graph = 'https://graph.microsoft.com/v1.0';

const groupOf = (part: SentPart): string => /\/groups\/([^/]+)/.exec(part.url)?.[1] ?? '';
const pageOf = (...ids: readonly string[]): PartAnswer => ({
  status: 200,
  headers: { 'Content-Type': 'application/json' },
  body: { '@odata.count': ids.length, value: ids.map((id) => ({ id, accountEnabled: true })) },
});
const refused = (status: number, code: string, wait?: string): PartAnswer => ({
  status,
  headers: wait === undefined ? {} : { 'Retry-After': wait },
  body: { error: { code, message: `said ${code}` } },
});
const user = (id: string) => ({ id, attributes: { id, accountEnabled: true } });
const findError = (answer: MembersAnswer | undefined) =>
  answer?.kind === 'failed' ? answer.error : undefined;
const groups = (count: number) => Array.from({ length: count }, (_, index) => `g${index}`);

test('the first members of 20 groups cost one request, answered in any order', async () => {
  const { reader, requests } = createScriptedGraph([
    batch((part) => pageOf(`in-${groupOf(part)}`)),
  ]);
  const answers = await reader.readFirstMembers(groups(20));
  expect(requests).toHaveLength(1);
  expect([...answers.keys()]).toEqual(groups(20));
  expect(answers.get('g7')).toEqual({ kind: 'page', page: { items: [user('in-g7')] } });
});

test('a batch is plain JSON, and each part asks for the cast with its header', async () => {
  const { reader, requests } = createScriptedGraph([batch(() => pageOf())]);
  await reader.readFirstMembers(['g/1', 'g/1']);
  expect(requests[0]).toMatchObject({
    method: 'POST',
    url: `${graph}/$batch`,
    headers: { 'content-type': 'application/json' },
    timeoutMs: 60_000,
  });
  expect(readParts(requests[0])).toEqual([
    {
      id: '0',
      method: 'GET',
      url: '/groups/g%2F1/members/microsoft.graph.user?$count=true&$select=id,accountEnabled,userPrincipalName,mail&$top=999',
      headers: { ConsistencyLevel: 'eventual', 'x-ms-throttle-priority': 'low' },
    },
  ]);
});

test('nothing is asked about no groups, and more than 20 are refused', async () => {
  const { reader, requests } = createScriptedGraph([batch(() => pageOf())]);
  expect(await reader.readFirstMembers([])).toEqual(new Map());
  expect(await catchError(reader.readFirstMembers(groups(21)))).toBeInstanceOf(Error);
  expect(requests).toEqual([]);
});

test('parts that are throttled are asked again, alone, after the longest wait', async () => {
  const { reader, requests, clock } = createScriptedGraph([
    batch((part) => {
      if (part.id === '1') return refused(429, 'TooManyRequests', '3');
      if (part.id === '2') return refused(503, 'serviceNotAvailable', '8.5');
      return part.id === '3' ? undefined : pageOf('ada');
    }),
    batch(() => pageOf('bob')),
  ]);
  const answers = await reader.readFirstMembers(groups(5));
  expect(clock.slept).toEqual([8500]);
  expect(readParts(requests[1]).map(groupOf)).toEqual(['g1', 'g2', 'g3']);
  expect(requests).toHaveLength(2);
  expect([...answers.values()]).toMatchObject(
    ['ada', 'bob', 'bob', 'bob', 'ada'].map((id) => ({ kind: 'page', page: { items: [{ id }] } })),
  );
});

test('a throttled part that comes without a body is waited for like any other', async () => {
  const { reader, clock } = createScriptedGraph([
    batch((part) =>
      part.id === '1' ? { status: 429, headers: { 'Retry-After': '3' } } : pageOf('ada'),
    ),
    batch(() => pageOf('bob')),
  ]);
  const answers = await reader.readFirstMembers(groups(2));
  expect(clock.slept).toEqual([3000]);
  expect([...answers.values()].map(({ kind }) => kind)).toEqual(['page', 'page']);
});

test('each part stands for itself: missing, failed for good, failed for now', async () => {
  const { reader, requests } = createScriptedGraph([
    batch((part) => {
      if (part.id === '0') return refused(404, 'Request_ResourceNotFound');
      if (part.id === '1') return refused(400, 'Request_UnsupportedQuery');
      if (part.id === '2') return { status: 200, body: { '@odata.count': 1 } };
      if (part.id === '3') return { status: 502, body: 'PGh0bWw+' };
      return pageOf('ada');
    }),
  ]);
  const answers = await reader.readFirstMembers(groups(5));
  expect(requests).toHaveLength(3);
  expect(requests.map((request) => readParts(request).length)).toEqual([5, 2, 2]);
  expect(answers.get('g0')).toEqual({ kind: 'missing' });
  expect(findError(answers.get('g1'))).toBeInstanceOf(BadRequestError);
  expect(findError(answers.get('g2'))).toBeInstanceOf(TransientError);
  expect(findError(answers.get('g3'))).toBeInstanceOf(TransientError);
  expect(answers.get('g4')).toEqual({ kind: 'page', page: { items: [user('ada')] } });
});

test('parts that ask for long waits fail, each with its own, and the others are kept', async () => {
  const { reader, requests } = createScriptedGraph([
    batch((part) => {
      if (part.id === '0') return refused(429, 'TooManyRequests', '300');
      return part.id === '1' ? refused(503, 'serviceNotAvailable', '100') : pageOf('ada');
    }),
  ]);
  const answers = await reader.readFirstMembers(groups(3));
  expect(requests).toHaveLength(1);
  const errors = ['g0', 'g1'].map((id) => findError(answers.get(id)));
  expect(errors).toMatchObject([{ retryAfterMs: 300_000 }, { retryAfterMs: 100_000 }]);
  expect(errors.map((error) => error?.constructor)).toEqual([ThrottledError, TransientError]);
  expect(answers.get('g2')).toMatchObject({ kind: 'page' });
});

test('a part that never comes names a wait', async () => {
  const { reader } = createScriptedGraph([
    batch((part) => (part.id === '0' ? undefined : pageOf('ada'))),
  ]);
  const answer = (await reader.readFirstMembers(groups(2))).get('g0');
  expect(findError(answer)).toBeInstanceOf(TransientError);
  expect(String(findError(answer))).toMatch(/part 0/);
  expect(answer).not.toMatchObject({ error: { retryAfterMs: 0 } });
});

test('a part that is refused stops everything and names the permission', async () => {
  const { reader, requests } = createScriptedGraph([
    batch((part) => (part.id === '1' ? refused(403, 'Authorization_RequestDenied') : pageOf())),
  ]);
  const error = await catchError(reader.readFirstMembers(groups(2)));
  expect(error).toBeInstanceOf(CredentialError);
  expect(error).toMatchObject({ missing: 'GroupMember.Read.All' });
  expect(requests).toHaveLength(1);
});

test('a batch that fails as a whole is repeated as a whole, then throws', async () => {
  const bad = [failure(503, 'busy'), new HttpFailureError('cannot reach it: ECONNRESET', false)];
  const { reader, requests } = createScriptedGraph([...bad, batch(() => pageOf('ada'))]);
  expect((await reader.readFirstMembers(groups(2))).get('g1')).toMatchObject({ kind: 'page' });
  expect(requests.map((request) => readParts(request).length)).toEqual([2, 2, 2]);

  const never = createScriptedGraph([failure(503, 'busy')]);
  expect(await catchError(never.reader.readFirstMembers(groups(2)))).toBeInstanceOf(TransientError);
  expect(never.requests).toHaveLength(3);
});

test('what has been read is kept where the repetition breaks', async () => {
  const { reader, requests } = createScriptedGraph([
    batch((part) => (part.id === '0' ? refused(500, 'InternalServerError') : pageOf('ada'))),
    new HttpFailureError('cannot reach it: ECONNRESET', false),
  ]);
  const answers = await reader.readFirstMembers(groups(2));
  expect(requests).toHaveLength(3);
  expect(answers.get('g0')).toMatchObject({ kind: 'failed', error: { name: 'TransientError' } });
  expect(answers.get('g1')).toMatchObject({ kind: 'page' });
});

test('further pages are read by their link, with the header again', async () => {
  const nextLink = `${graph}/groups/g0/members/microsoft.graph.user?$count=true&$skiptoken=a%2Fb%3D`;
  const { reader, requests } = createScriptedGraph([
    batch(() => ({ status: 200, body: { value: [{ id: 'ada' }], '@odata.nextLink': nextLink } })),
    json({ value: [{ id: 'bob', mail: 'bob@x' }] }),
  ]);
  const first = (await reader.readFirstMembers(['g0'])).get('g0');
  expect(first).toMatchObject({ kind: 'page', page: { nextLink } });
  expect(await reader.readMoreMembers(nextLink)).toEqual({
    items: [{ id: 'bob', attributes: { id: 'bob', mail: 'bob@x' } }],
  });
  expect(requests[1]).toMatchObject({
    method: 'GET',
    url: nextLink,
    headers: { consistencylevel: 'eventual' },
  });
});
