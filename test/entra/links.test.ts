import { expect, test } from 'vitest';

import { createEntraReader } from '../../shared/entra/entra-reader.ts';
import { TransientError } from '../../shared/model/errors.ts';
import { appId, catchError, createScriptedGraph, json } from './scripted-graph.ts';

const graph = 'https://graph.microsoft.com';
const emptyPage = { value: [], '@odata.deltaLink': `${graph}/v1.0/users/delta?$deltatoken=end` };

test('a link is called byte by byte, whatever its token looks like', async () => {
  const tokens = [
    'plain',
    'a%2Fb%3D%3D&$select=id',
    "a'b(c)=d==&&x",
    'https://elsewhere.example/v1.0/x?a=b',
    '$top=5&$filter=a&$filter=b',
  ];
  for (const token of tokens) {
    const link = `${graph}/v1.0/users/delta()?$skiptoken=${token}`;
    const { reader, requests } = createScriptedGraph([json(emptyPage)]);
    await reader.readUserChanges(link);
    expect(requests.map((request) => request.url)).toEqual([link]);
  }
});

test('a link on a plain http loopback address is called as it is and with the token', async () => {
  const baseUrl = 'http://127.0.0.1:1234';
  const link = `${baseUrl}/v1.0/users/delta?$deltatoken=a%2Fb`;
  const next = `${baseUrl}/v1.0/users/delta?$skiptoken=c`;
  const answer = json({ value: [], '@odata.nextLink': next });
  const { reader, requests } = createScriptedGraph([answer], { baseUrl });
  expect(await reader.readUserChanges(link)).toEqual({
    items: [],
    next: { kind: 'next', link: next },
  });
  expect(requests[0]).toMatchObject({ url: link, headers: { authorization: 'Bearer token-1' } });
});

test('a root with a path of its own and a last slash keeps the path', async () => {
  const baseUrl = 'http://127.0.0.1:1234/entra/';
  const link = 'http://127.0.0.1:1234/entra/v1.0/users/delta?$deltatoken=x';
  const answer = json({ value: [], '@odata.deltaLink': link });
  const { reader, requests } = createScriptedGraph([answer], { baseUrl });
  expect(await reader.readLatestLink('users')).toBe(link);
  expect(requests[0]?.url).toBe(
    'http://127.0.0.1:1234/entra/v1.0/users/delta?' +
      '$select=id,accountEnabled,userPrincipalName,mail&$deltatoken=latest',
  );
});

test.each([
  'https://elsewhere.example/v1.0/users/delta?$deltatoken=x',
  'http://graph.microsoft.com/v1.0/users/delta?$deltatoken=x',
  'https://graph.microsoft.com:8443/v1.0/users/delta?$deltatoken=x',
  'https://graph.microsoft.com@elsewhere.example/v1.0/users/delta',
  'https://graph.microsoft.com.elsewhere.example/v1.0/users/delta',
  'https://graph.microsoft.com/beta/users/delta?$deltatoken=x',
  'users/delta?$deltatoken=x',
])('the token is not sent to %s', async (link) => {
  const { reader, requests } = createScriptedGraph([json(emptyPage)]);
  const readings = [
    () => reader.readUserChanges(link),
    () => reader.readGroupChanges(link),
    () => reader.readMoreMembers(link),
    () => reader.readAssignments(link),
  ];
  for (const read of readings) {
    expect(await catchError(read())).toMatchObject({
      message: 'cannot follow a link: it does not lead to https://graph.microsoft.com/v1.0/',
    });
  }
  expect(requests).toEqual([]);
});

test('an answer whose link leads elsewhere counts as no answer', async () => {
  const elsewhere = 'https://elsewhere.example/v1.0/groups/delta?$deltatoken=x';
  const { reader, requests } = createScriptedGraph([
    json({ value: [], '@odata.deltaLink': elsewhere }),
  ]);
  expect(await catchError(reader.readLatestLink('groups'))).toBeInstanceOf(TransientError);
  expect(requests).toHaveLength(3);
});

test('an application id with signs of its own stays inside its quotes', async () => {
  const urls: string[] = [];
  const { clock, log } = createScriptedGraph([]);
  const reader = createEntraReader({
    baseUrl: graph,
    appId: "a'b#c&d+e",
    attributes: [],
    credential: { getToken: async () => 'token' },
    send: async (request) => {
      urls.push(request.url);
      return json({ value: [] });
    },
    clock,
    random: { token: () => 'id', fraction: () => 0 },
    log,
  });
  await reader.readAssignments();
  expect(urls).toEqual([
    `${graph}/v1.0/servicePrincipals(appId='a''b%23c%26d%2Be')/appRoleAssignedTo?$top=999`,
  ]);
});

test('requests carry an id of their own, ask for low priority and have a time-out', async () => {
  const { reader, requests } = createScriptedGraph([json({ value: [] })]);
  await reader.readAssignments();
  expect(requests).toEqual([
    {
      method: 'GET',
      url: `${graph}/v1.0/servicePrincipals(appId='${appId}')/appRoleAssignedTo?$top=999`,
      headers: {
        accept: 'application/json',
        authorization: 'Bearer token-1',
        'client-request-id': 'token-1-1',
        'x-ms-throttle-priority': 'low',
      },
      timeoutMs: 30_000,
    },
  ]);
});

test('what the credential throws comes out unchanged', async () => {
  const { clock, log } = createScriptedGraph([]);
  const refusal = new TypeError('no identity here');
  const reader = createEntraReader({
    baseUrl: graph,
    appId,
    attributes: [],
    credential: { getToken: () => Promise.reject(refusal) },
    send: () => Promise.reject(new Error('nothing may be sent')),
    clock,
    random: { token: () => 'id', fraction: () => 0 },
    log,
  });
  expect(await catchError(reader.readApp())).toBe(refusal);
});
