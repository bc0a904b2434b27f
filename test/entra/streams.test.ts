import { describe, expect, test } from 'vitest';

import { TransientError } from '../../shared/model/errors.ts';
import { catchError, createScriptedGraph, json } from './scripted-graph.ts';

const graph = 'https://graph.microsoft.com/v1.0';
const link = `${graph}/users/delta?$deltatoken=1`;
const groupsLink = `${graph}/groups/delta?$deltatoken=1`;

const delta = { '@odata.deltaLink': `${graph}/users/delta?$deltatoken=2` };

async function readUsers(...value: readonly unknown[]) {
  const { reader } = createScriptedGraph([json({ value, ...delta })]);
  return (await reader.readUserChanges(link)).items;
}

async function readGroups(...value: readonly unknown[]) {
  const { reader } = createScriptedGraph([json({ value, ...delta })]);
  return (await reader.readGroupChanges(groupsLink)).items;
}

describe('the users stream', () => {
  test('tells a property that was never set from one that was cleared', async () => {
    const items = await readUsers(
      { id: 'ada', accountEnabled: true, userPrincipalName: 'ada@x', mail: null },
      { id: 'bob', accountEnabled: null },
    );
    expect(items).toEqual([
      {
        kind: 'present',
        user: {
          id: 'ada',
          attributes: { id: 'ada', accountEnabled: true, userPrincipalName: 'ada@x', mail: null },
        },
      },
      { kind: 'present', user: { id: 'bob', attributes: { id: 'bob', accountEnabled: null } } },
    ]);
  });

  test('keeps what was selected, whatever its shape, and nothing else', async () => {
    const { reader } = createScriptedGraph(
      [
        json({
          value: [
            {
              '@odata.type': '#microsoft.graph.user',
              id: 'ada',
              businessPhones: ['1', '2'],
              onPremisesExtensionAttributes: { extensionAttribute1: 'a' },
              extension_0_other: 'comes along by itself',
            },
          ],
          ...delta,
        }),
      ],
      { attributes: ['businessPhones', 'onPremisesExtensionAttributes'] },
    );
    expect((await reader.readUserChanges(link)).items).toEqual([
      {
        kind: 'present',
        user: {
          id: 'ada',
          attributes: {
            id: 'ada',
            businessPhones: ['1', '2'],
            onPremisesExtensionAttributes: { extensionAttribute1: 'a' },
          },
        },
      },
    ]);
  });

  test('tells a deletion that can be restored from a final one', async () => {
    const items = await readUsers(
      { id: 'ada', '@removed': { reason: 'changed' } },
      { id: 'bob', '@removed': { reason: 'deleted' } },
    );
    expect(items).toEqual([
      { kind: 'removed', id: 'ada', reason: 'soft' },
      { kind: 'removed', id: 'bob', reason: 'hard' },
    ]);
  });

  test.each([
    { id: 'ada', '@removed': { reason: 'moved' } },
    { id: 'ada', '@removed': {} },
    { id: 'ada', '@removed': null },
    { userPrincipalName: 'without id' },
    { id: '' },
    'ada',
  ])('does not guess what an item means: %j', async (item) => {
    expect(await catchError(readUsers(item))).toBeInstanceOf(TransientError);
  });
});

describe('the groups stream', () => {
  test('reads edges in order, by the kind of member, gone or not', async () => {
    const items = await readGroups({
      id: 'g',
      displayName: 'Design',
      'members@delta': [
        { '@odata.type': '#microsoft.graph.user', id: 'ada' },
        { '@odata.type': '#microsoft.graph.user', id: 'ada', '@removed': { reason: 'deleted' } },
        { '@odata.type': '#microsoft.graph.group', id: 'nested' },
        { '@odata.type': '#microsoft.graph.device', id: 'd', '@removed': { reason: 'deleted' } },
      ],
    });
    expect(items).toEqual([
      {
        kind: 'present',
        id: 'g',
        displayName: 'Design',
        edges: [
          { memberId: 'ada', memberKind: 'user', present: true },
          { memberId: 'ada', memberKind: 'user', present: false },
          { memberId: 'nested', memberKind: 'group', present: true },
          { memberId: 'd', memberKind: 'other', present: false },
        ],
      },
    ]);
  });

  test('tells an absent name from a cleared one, and no edges from none at all', async () => {
    const items = await readGroups(
      { id: 'a' },
      { id: 'b', displayName: null, 'members@delta': [] },
    );
    expect(items).toEqual([
      { kind: 'present', id: 'a', edges: [] },
      { kind: 'present', id: 'b', displayName: null, edges: [] },
    ]);
    expect(Object.keys(items[0] ?? {})).not.toContain('displayName');
  });

  test('reads a group that went, whatever else the item says', async () => {
    const edge = { '@odata.type': '#microsoft.graph.user', id: 'ada' };
    const items = await readGroups(
      { id: 'a', '@removed': { reason: 'changed' }, 'members@delta': [edge] },
      { id: 'b', '@removed': { reason: 'deleted' } },
    );
    expect(items).toEqual([
      { kind: 'removed', id: 'a', reason: 'soft' },
      { kind: 'removed', id: 'b', reason: 'hard' },
    ]);
  });

  test('does not take an edge without a type for a device', async () => {
    const reading = readGroups({ id: 'g', 'members@delta': [{ id: 'ada' }] });
    expect(await catchError(reading)).toBeInstanceOf(TransientError);
  });
});

describe('a page', () => {
  const next = { '@odata.nextLink': `${graph}/users/delta?$skiptoken=2` };

  test('may be empty and go on', async () => {
    const { reader } = createScriptedGraph([json({ value: [], ...next })]);
    expect(await reader.readUserChanges(link)).toEqual({
      items: [],
      next: { kind: 'next', link: next['@odata.nextLink'] },
    });
  });

  test('ends the round with a deltaLink, which may be the one that was called', async () => {
    const { reader, requests } = createScriptedGraph([
      json({ value: [], '@odata.deltaLink': link }),
    ]);
    expect(await reader.readUserChanges(link)).toEqual({
      items: [],
      next: { kind: 'delta', link },
    });
    expect(requests).toHaveLength(1);
  });

  test.each([
    ['neither link', { value: [] }],
    ['both links', { value: [], ...next, ...delta }],
    ['no value', { ...delta }],
    ['a value that is no list', { value: {}, ...delta }],
    ['an empty link', { value: [], '@odata.nextLink': '' }],
    ['a null link', { value: [], '@odata.nextLink': null }],
    ['itself as the next page', { value: [], '@odata.nextLink': link }],
  ])('with %s counts as none and is asked for again', async (_, body) => {
    const { reader, requests } = createScriptedGraph([json(body), json({ value: [], ...delta })]);
    expect((await reader.readUserChanges(link)).next.kind).toBe('delta');
    expect(requests).toHaveLength(2);
  });
});

describe('the latest link', () => {
  test('of the groups stream asks for the members too', async () => {
    const deltaLink = `${graph}/groups/delta?$deltatoken=9`;
    const { reader, requests } = createScriptedGraph([
      json({ value: [], '@odata.deltaLink': deltaLink }),
    ]);
    expect(await reader.readLatestLink('groups')).toBe(deltaLink);
    expect(requests.map((request) => request.url)).toEqual([
      `${graph}/groups/delta?$select=id,displayName,members&$deltatoken=latest`,
    ]);
  });

  test('of the users stream selects each property once', async () => {
    const { reader, requests } = createScriptedGraph([json({ value: [], ...delta })], {
      attributes: ['mail', 'userPrincipalName', 'extension_0f_costCentre', 'mail'],
    });
    await reader.readLatestLink('users');
    expect(requests[0]?.url).toContain(
      '$select=id,accountEnabled,userPrincipalName,mail,extension_0f_costCentre&',
    );
  });

  test('is not taken from a page that goes on', async () => {
    const { reader } = createScriptedGraph([
      json({ value: [], '@odata.nextLink': `${graph}/users/delta?$skiptoken=1` }),
    ]);
    expect(await catchError(reader.readLatestLink('users'))).toBeInstanceOf(TransientError);
  });
});
