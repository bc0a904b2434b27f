import { describe, expect, test } from 'vitest';

import {
  BadRequestError,
  CredentialError,
  HttpFailureError,
  PageExpiredError,
  StreamResetError,
  ThrottledError,
  TransientError,
} from '../../shared/model/errors.ts';
import type { EntraReader, HttpResponse } from '../../shared/model/ports.ts';
import { appId, catchError, createScriptedGraph, failure, json } from './scripted-graph.ts';

const graph = 'https://graph.microsoft.com/v1.0';
const usersLink = `${graph}/users/delta?$deltatoken=x`;
const groupsLink = `${graph}/groups/delta?$deltatoken=x`;
const membersLink = `${graph}/groups/g/members/microsoft.graph.user?$skiptoken=x`;

const app = { id: 'sp', displayName: 'Dropbox', appRoles: [] };

describe('a refusal', () => {
  test.each<[string, string, (reader: EntraReader) => Promise<unknown>]>([
    ['the app', 'Application.Read.All', (reader) => reader.readApp()],
    ['the assignments', 'Application.Read.All', (reader) => reader.readAssignments()],
    ['the latest users link', 'User.Read.All', (reader) => reader.readLatestLink('users')],
    ['the latest groups link', 'GroupMember.Read.All', (reader) => reader.readLatestLink('groups')],
    ['the users stream', 'User.Read.All', (reader) => reader.readUserChanges(usersLink)],
    ['the groups stream', 'GroupMember.Read.All', (reader) => reader.readGroupChanges(groupsLink)],
    ['more members', 'GroupMember.Read.All', (reader) => reader.readMoreMembers(membersLink)],
  ])('of %s names the permission %s and the delay of a fresh grant', async (_, missing, read) => {
    const { reader, requests } = createScriptedGraph([failure(403, 'Authorization_RequestDenied')]);
    const error = await catchError(read(reader));
    expect(error).toBeInstanceOf(CredentialError);
    expect(error).toMatchObject({ service: 'entra', missing });
    expect(String(error)).toMatch(/less than a day ago/);
    expect(requests).toHaveLength(1);
  });

  test.each([
    failure(401, 'InvalidAuthenticationToken'),
    failure(403, 'Forbidden'),
    { status: 403, headers: {}, body: '<html>no</html>' },
  ])('without a permission to blame names none', async (answer) => {
    const { reader, requests } = createScriptedGraph([answer]);
    const error = await catchError(reader.readApp());
    expect(error).toBeInstanceOf(CredentialError);
    expect(error).toMatchObject({ service: 'entra', missing: undefined });
    expect(requests).toHaveLength(1);
  });
});

describe('a stream', () => {
  test.each([
    failure(410, 'whatever', { location: `${graph}/users/delta?$deltatoken=` }),
    { status: 410, headers: {}, body: '' },
    failure(400, 'syncStateNotFound'),
    failure(404, 'SyncStateNotFound'),
    failure(409, 'ResyncRequired'),
    json({ error: { code: 'badRequest', innerError: { code: 'resyncRequired' } } }, 400),
    json({ error: { code: 'SYNCSTATENOTFOUND', message: null, innerError: null } }, 400),
  ])(
    'that Graph has forgotten is reset, at once and without following a redirect',
    async (answer) => {
      const { reader, requests } = createScriptedGraph([answer]);
      expect(await catchError(reader.readUserChanges(usersLink))).toBeInstanceOf(StreamResetError);
      expect(await catchError(reader.readGroupChanges(groupsLink))).toBeInstanceOf(
        StreamResetError,
      );
      expect(requests).toHaveLength(2);
    },
  );

  test('whose page has expired says so', async () => {
    const { reader } = createScriptedGraph([failure(400, 'Directory_ExpiredPageToken')]);
    expect(await catchError(reader.readUserChanges(usersLink))).toBeInstanceOf(PageExpiredError);
    expect(await catchError(reader.readMoreMembers(membersLink))).toBeInstanceOf(PageExpiredError);
  });

  test('is not reset by a server error that mentions it', async () => {
    const { reader } = createScriptedGraph([failure(503, 'resyncRequired')]);
    const error = await catchError(reader.readUserChanges(usersLink));
    expect(error).toBeInstanceOf(TransientError);
  });
});

test('a malformed request is reported with what Graph says about it, and not repeated', async () => {
  const { reader, requests } = createScriptedGraph([failure(400, 'Request_BadRequest')]);
  const error = await catchError(reader.readLatestLink('users'));
  expect(error).toBeInstanceOf(BadRequestError);
  expect(String(error)).toMatch(/Request_BadRequest.*r-1.*said Request_BadRequest/);
  expect(requests).toHaveLength(1);
});

test('an application that is not in the tenant is named', async () => {
  const { reader } = createScriptedGraph([failure(404, 'Request_ResourceNotFound')]);
  const message = `there is no enterprise application with application id ${appId} in this tenant`;
  expect(await catchError(reader.readApp())).toMatchObject({ message });
  expect(await catchError(reader.readAssignments())).toMatchObject({ message });
});

test('a group that goes while its members are read makes the reader start again', async () => {
  const { reader } = createScriptedGraph([failure(404, 'Request_ResourceNotFound')]);
  expect(await catchError(reader.readMoreMembers(membersLink))).toBeInstanceOf(PageExpiredError);
});

describe('what may pass is tried three times:', () => {
  const passing: readonly (readonly [string, HttpResponse | HttpFailureError])[] = [
    ['500', failure(500, 'InternalServerError')],
    ['502 with a page of HTML', { status: 502, headers: {}, body: '<html>bad gateway</html>' }],
    ['503 without a body', { status: 503, headers: {}, body: '' }],
    ['504', failure(504, 'GatewayTimeout')],
    ['408', failure(408, 'RequestTimeout')],
    ['a redirect', { status: 302, headers: { location: 'https://elsewhere.example/' }, body: '' }],
    ['200 without a body', { status: 200, headers: {}, body: '' }],
    ['204', { status: 204, headers: {}, body: '' }],
    ['200 with HTML', { status: 200, headers: { 'content-type': 'text/html' }, body: '<html/>' }],
    ['200 with text', { status: 200, headers: { 'content-type': 'text/plain' }, body: 'hello' }],
    ['JSON that is cut off', { status: 200, headers: {}, body: '{"id":"sp","appRo' }],
    ['JSON that lacks something', json({ id: 'sp', displayName: 'Dropbox' })],
    ['a connection that breaks', new HttpFailureError('cannot reach it: ECONNRESET', false)],
    ['a status that is none', { status: 999, headers: {}, body: '' }],
  ];

  test.each(passing)('%s, then right', async (_, step) => {
    const { reader, requests } = createScriptedGraph([step, step, json(app)]);
    expect(await reader.readApp()).toMatchObject({ id: 'sp' });
    expect(requests).toHaveLength(3);
    const ids = requests.map((request) => request.headers['client-request-id']);
    expect(new Set(ids).size).toBe(3);
  });

  test.each(passing)('%s, for ever', async (_, step) => {
    const { reader, requests } = createScriptedGraph([step]);
    const error = await catchError(reader.readApp());
    expect(error).toBeInstanceOf(TransientError);
    expect(error).not.toBeInstanceOf(ThrottledError);
    expect(error).not.toMatchObject({ retryAfterMs: 0 });
    expect(requests).toHaveLength(3);
  });
});

test('JSON under a content type that says something else is understood', async () => {
  const answer = {
    status: 200,
    headers: { 'content-type': 'text/plain' },
    body: JSON.stringify(app),
  };
  const { reader } = createScriptedGraph([answer]);
  expect(await reader.readApp()).toMatchObject({ id: 'sp' });
});

test('a throttled read waits as long as it is asked to, fractions included', async () => {
  const { reader, requests, clock, log } = createScriptedGraph([
    { status: 429, headers: { 'retry-after': '2.128' }, body: '' },
    failure(503, 'serviceNotAvailable', { 'retry-after': '7' }),
    json(app),
  ]);
  await reader.readApp();
  expect(clock.slept).toEqual([2128, 7000]);
  expect(requests.map((request) => request.headers['authorization'])).toEqual([
    'Bearer token-1',
    'Bearer token-2',
    'Bearer token-3',
  ]);
  expect(log.named('entra.refused')).toMatchObject([
    { status: 429, retryAfter: '2.128' },
    { status: 503, requestId: 'r-1' },
  ]);
});

test('a wait that is longer than a read may take is handed to the caller in full', async () => {
  const { reader, requests, clock } = createScriptedGraph([
    failure(429, 'TooManyRequests', { 'retry-after': '600' }),
  ]);
  const error = await catchError(reader.readApp());
  expect(error).toBeInstanceOf(ThrottledError);
  expect(error).toMatchObject({ retryAfterMs: 600_000 });
  expect(requests).toHaveLength(1);
  expect(clock.slept).toEqual([]);
});

test('an attempt late in a read has only the time that is left', async () => {
  const { reader, requests } = createScriptedGraph([
    failure(503, 'busy', { 'retry-after': '75' }),
    json(app),
  ]);
  await reader.readApp();
  expect(requests.map((request) => request.timeoutMs)).toEqual([30_000, 15_000]);
});

test('messages and logs hold neither the token nor the query of a link', async () => {
  const { reader, log } = createScriptedGraph([failure(500, 'InternalServerError')]);
  const error = await catchError(reader.readUserChanges(`${graph}/users/delta?$deltatoken=secret`));
  expect(String(error)).not.toMatch(/secret|token-/);
  expect(JSON.stringify(log.events)).not.toMatch(/secret|token-/);
});
