import { expect, test } from 'vitest';

import { BadRequestError, CredentialError, TransientError } from '../../shared/model/errors.ts';
import { batch, catchError, createScriptedGraph, readParts } from './scripted-graph.ts';
import type { SentPart } from './scripted-graph.ts';

const graph = 'https://graph.microsoft.com/v1.0';

const makeIds = (name: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${name}-${index}`);

/** Answers like the service, with the ids of the filter in the opposite order, but without those that it does not know. */
const directory = batch((part) => ({
  status: 200,
  body: {
    value: idsOf(part)
      .toReversed()
      .filter((id) => !id.includes('unknown'))
      .map((id) => ({ id, displayName: `Name of ${id}`, mail: null })),
  },
}));

function idsOf(part: SentPart): readonly string[] {
  const filter = decodeURIComponent(/\$filter=([^&]*)/.exec(part.url)?.[1] ?? '');
  return [...filter.matchAll(/'([^']*)'/g)].flatMap((match) => match[1] ?? []);
}

test('200 people cost one request of 14 parts', async () => {
  const { reader, requests } = createScriptedGraph([directory]);
  const { users, groups } = await reader.readByIds({ userIds: makeIds('u', 200), groupIds: [] });
  expect(requests).toHaveLength(1);
  expect(readParts(requests[0]).map((part) => idsOf(part).length)).toEqual([
    ...Array.from({ length: 13 }, () => 15),
    5,
  ]);
  expect(users.map((user) => user.id).toSorted()).toEqual(makeIds('u', 200).toSorted());
  expect(groups).toEqual([]);
});

test('users and groups share a batch, and more than 20 parts take several', async () => {
  const { reader, requests } = createScriptedGraph([directory]);
  const ids = { userIds: makeIds('u', 301), groupIds: makeIds('g', 16) };
  const { users, groups } = await reader.readByIds(ids);
  expect(requests.map((request) => readParts(request).length)).toEqual([20, 3]);
  expect(users).toHaveLength(301);
  expect(groups).toHaveLength(16);
});

test('each id is asked for once, each value is encoded, and who is unknown is left out', async () => {
  const { reader, requests } = createScriptedGraph([directory]);
  const found = await reader.readByIds({
    userIds: ['a#b&c+d', 'a#b&c+d', 'unknown'],
    groupIds: ['g'],
  });
  expect(readParts(requests[0]).map((part) => part.url)).toEqual([
    "/users?$filter=id%20in%20('a%23b%26c%2Bd','unknown')&$select=id,accountEnabled,userPrincipalName,mail",
    "/groups?$filter=id%20in%20('g')&$select=id,displayName",
  ]);
  expect(found).toEqual({
    users: [{ id: 'a#b&c+d', attributes: { id: 'a#b&c+d', mail: null } }],
    groups: [{ id: 'g', displayName: 'Name of g' }],
  });
});

test('nothing is asked about nobody', async () => {
  const { reader, requests } = createScriptedGraph([directory]);
  expect(await reader.readByIds({ userIds: [], groupIds: [] })).toEqual({ users: [], groups: [] });
  expect(requests).toEqual([]);
});

test('a part that pages is followed in a further batch, its token untouched', async () => {
  const token = 'a%2Fb%3D%3D&x=(y)';
  const { reader, requests } = createScriptedGraph([
    batch(() => ({
      status: 200,
      body: { value: [{ id: 'a' }], '@odata.nextLink': `${graph}/users?$skiptoken=${token}` },
    })),
    batch(() => ({ status: 200, body: { value: [{ id: 'b' }] } })),
  ]);
  const { users } = await reader.readByIds({ userIds: ['a', 'b'], groupIds: [] });
  expect(users.map((user) => user.id)).toEqual(['a', 'b']);
  expect(readParts(requests[1]).map((part) => part.url)).toEqual([`/users?$skiptoken=${token}`]);
});

test('a part whose pages do not end is given up', async () => {
  const { reader, requests } = createScriptedGraph([
    batch(() => ({
      status: 200,
      body: { value: [], '@odata.nextLink': `${graph}/users?$skiptoken=1` },
    })),
  ]);
  const reading = reader.readByIds({ userIds: ['a'], groupIds: [] });
  expect(await catchError(reading)).toBeInstanceOf(TransientError);
  expect(requests).toHaveLength(15);
});

test.each([
  [503, 'serviceNotAvailable', TransientError, 3],
  [400, 'Request_BadRequest', BadRequestError, 1],
  [403, 'Authorization_RequestDenied', CredentialError, 1],
])('one part that stays at %i fails the whole read', async (status, code, kind, count) => {
  const { reader, requests } = createScriptedGraph([
    batch((part) =>
      part.id === '1'
        ? { status, body: { error: { code, message: '' } } }
        : { status: 200, body: { value: [] } },
    ),
  ]);
  const reading = reader.readByIds({ userIds: makeIds('u', 31), groupIds: [] });
  expect(await catchError(reading)).toBeInstanceOf(kind);
  expect(requests).toHaveLength(count);
});
