import { describe, expect, test } from 'vitest';

import type { DirectoryChange } from './directory-types.ts';
import { createProbe, group, guid, range, tenant, user, type Item } from './graph-probe.ts';

const stream = '/groups/delta?$select=id,displayName,members';
const latest = `${stream}&$deltatoken=latest`;
const design = 0xa0000;
const nested = 0xa0001;

function readEdges(items: readonly Item[]): readonly Item[] {
  return items.flatMap((item) => {
    const edges = item['members@delta'];
    return Array.isArray(edges)
      ? edges.flatMap((edge) =>
          typeof edge === 'object' && edge !== null && !Array.isArray(edge) ? [edge] : [],
        )
      : [];
  });
}

const userEdge = (number: number) => ({ '@odata.type': '#microsoft.graph.user', id: guid(number) });
const goneEdge = (number: number) => ({ ...userEdge(number), '@removed': { reason: 'deleted' } });

function memberChange(op: 'addMember' | 'removeMember', number: number): DirectoryChange {
  return { op, groupId: guid(design), memberId: guid(number) };
}

describe('a first round', () => {
  test('lists direct edges of all kinds with type and id only, and none where a group is empty', async () => {
    const { emulator, drain } = createProbe();
    const device = { id: guid(0xd0), kind: 'device' } as const;
    const service = { id: guid(0xd1), kind: 'servicePrincipal' } as const;
    const inner = { id: guid(nested), kind: 'group' } as const;
    emulator.directory.load(
      tenant([user(1), user(2)], [group(design, [1, inner, device, service]), group(nested, [2])]),
    );
    emulator.directory.apply([{ op: 'addGroup', group: group(0xa0002) }]);
    const { items } = await drain(stream);
    const found = new Map(items.map((item) => [item['id'], item]));
    expect(found.get(guid(0xa0002))).toEqual({ id: guid(0xa0002), displayName: 'Group 655362' });
    expect(found.get(guid(nested))?.['members@delta']).toEqual([userEdge(2)]);
    const edges = readEdges([found.get(guid(design)) ?? {}]);
    expect(edges.map((edge) => edge['@odata.type'])).toEqual([
      '#microsoft.graph.user',
      '#microsoft.graph.group',
      '#microsoft.graph.device',
      '#microsoft.graph.servicePrincipal',
    ]);
  });

  test('splits a large group over pages of at most 500 links and repeats the group', async () => {
    const { emulator, drain } = createProbe();
    const people = range(1, 1700);
    emulator.directory.load(
      tenant(
        people.map((number) => user(number)),
        [group(design, people), group(nested, [1, 2])],
      ),
    );
    const round = await drain(stream);
    for (const { items } of round.pages) expect(readEdges(items).length).toBeLessThanOrEqual(500);
    const slices = round.items.filter((item) => item['id'] === guid(design));
    expect(slices).toHaveLength(4);
    expect(new Set(slices.map((item) => item['displayName']))).toEqual(new Set(['Group 655360']));
    expect(new Set(readEdges(slices).map(({ id }) => id)).size).toBe(1700);
  });

  test('may tell edges that went earlier, which a setting can turn off', async () => {
    const { emulator, drain } = createProbe();
    emulator.directory.load(tenant([user(1), user(2)], [group(design, [1, 2])]));
    emulator.directory.apply([memberChange('removeMember', 2)]);
    expect(readEdges((await drain(stream)).items)).toEqual([userEdge(1), goneEdge(2)]);
    emulator.settings.change({ initialRemovedEdges: false });
    expect(readEdges((await drain(stream)).items)).toEqual([userEdge(1)]);
  });

  test('tells edges of soft-deleted people, which a setting can turn off', async () => {
    const { emulator, drain } = createProbe();
    emulator.directory.load(tenant([user(1, { deleted: 'soft' })], [group(design, [1])]));
    expect(readEdges((await drain(stream)).items)).toEqual([userEdge(1)]);
    emulator.settings.change({ initialEdgesOfSoftDeleted: false });
    expect(readEdges((await drain(stream)).items)).toEqual([]);
  });

  test('has no members where they are not selected, and has them without a selection', async () => {
    const { emulator, drain } = createProbe();
    emulator.directory.load(tenant([user(1)], [group(design, [1])]));
    expect(readEdges((await drain('/groups/delta?$select=displayName')).items)).toEqual([]);
    expect(readEdges((await drain('/groups/delta')).items)).toEqual([userEdge(1)]);
  });

  test('hides the members of a group with hidden membership without the permission', async () => {
    const { emulator, drain } = createProbe();
    const hidden = group(design, [1], { visibility: 'HiddenMembership' });
    emulator.directory.load(tenant([user(1)], [hidden]));
    expect(readEdges((await drain(stream)).items)).toEqual([]);
    const { permissions } = emulator.settings.read();
    emulator.settings.change({ permissions: [...permissions, 'Member.Read.Hidden'] });
    expect(readEdges((await drain(stream)).items)).toEqual([userEdge(1)]);
  });
});

describe('an incremental round', () => {
  test('tells edges that came and went, with the old name or without it in minimal mode', async () => {
    const { emulator, get } = createProbe();
    emulator.directory.load(tenant([user(1), user(2)], [group(design, [1])]));
    const { deltaLink = '' } = await get(latest);
    emulator.directory.apply([memberChange('removeMember', 1), memberChange('addMember', 2)]);
    const { items } = await get(deltaLink);
    expect(items).toMatchObject([{ id: guid(design), displayName: 'Group 655360' }]);
    expect(readEdges(items)).toEqual([goneEdge(1), userEdge(2)]);
    const minimal = await get(deltaLink, { prefer: 'return=minimal' });
    expect(Object.keys(minimal.items[0] ?? {})).toEqual(['id', 'members@delta']);
  });

  test('tells an edge once, as it is at the end', async () => {
    const { emulator, get } = createProbe();
    emulator.directory.load(tenant([user(1)], [group(design, [1])]));
    const { deltaLink = '' } = await get(latest);
    emulator.directory.apply([memberChange('removeMember', 1), memberChange('addMember', 1)]);
    expect(readEdges((await get(deltaLink)).items)).toEqual([userEdge(1)]);
  });

  test('is silent about soft delete and restore of a member, and by default about the purge', async () => {
    const { emulator, get } = createProbe();
    emulator.directory.load(tenant([user(1), user(2)], [group(design, [1, 2])]));
    const { deltaLink = '' } = await get(latest);
    emulator.directory.apply([
      { op: 'deleteUser', id: guid(1) },
      { op: 'restoreUser', id: guid(1) },
      { op: 'hardDeleteUser', id: guid(2) },
    ]);
    expect((await get(deltaLink)).items).toEqual([]);
    emulator.settings.change({ purgeShowsInGroupsDelta: true });
    expect(readEdges((await get(deltaLink)).items)).toEqual([goneEdge(2)]);
  });

  test('tells a deleted group by its kind, and all edges again when it comes back', async () => {
    const { emulator, get } = createProbe();
    const unified = group(design, [1], { groupTypes: ['Unified'] });
    emulator.directory.load(tenant([user(1)], [unified, group(nested, [1])]));
    const { deltaLink = '' } = await get(latest);
    emulator.directory.apply([
      { op: 'deleteGroup', id: guid(design) },
      { op: 'deleteGroup', id: guid(nested) },
    ]);
    const gone = await get(deltaLink);
    expect(gone.items).toHaveLength(2);
    expect(gone.items).toContainEqual({ id: guid(design), '@removed': { reason: 'changed' } });
    expect(gone.items).toContainEqual({ id: guid(nested), '@removed': { reason: 'deleted' } });
    emulator.directory.apply([{ op: 'restoreGroup', id: guid(design) }]);
    expect(readEdges((await get(gone.deltaLink ?? '')).items)).toEqual([userEdge(1)]);
  });

  test('is silent about a nested group where only an inner edge changes', async () => {
    const { emulator, get } = createProbe();
    const inner = { id: guid(nested), kind: 'group' } as const;
    emulator.directory.load(tenant([user(1)], [group(design, [inner]), group(nested)]));
    const { deltaLink = '' } = await get(latest);
    emulator.directory.apply([{ op: 'addMember', groupId: guid(nested), memberId: guid(1) }]);
    expect((await get(deltaLink)).ids).toEqual([guid(nested)]);
  });

  test.each([
    ['at once', {}],
    ['late, on two replicas', { replicaLagMs: 500, visibilityDelayMs: 100 }],
    ['each at its own pace', { visibilityJitterMs: 900 }],
    [
      'twice and in short pages',
      { duplicateChance: 0.4, shortPageChance: 0.4, emptyPageChance: 0.2 },
    ],
  ])('loses no change that is seen %s while pages are read', async (_, settings) => {
    const probe = createProbe({ deltaPageLinks: 3, deltaPageObjects: 2, ...settings });
    const { emulator, get, clock } = probe;
    const people = range(1, 40);
    emulator.directory.load(
      tenant(
        people.map((number) => user(number)),
        [group(design, people)],
      ),
    );
    const known = new Set<unknown>(people.map(guid));
    let link = (await get(latest)).deltaLink ?? '';
    for (let step = 0; step < 400; step += 1) {
      const op = step % 3 === 0 ? 'addMember' : 'removeMember';
      if (step < 200) emulator.directory.apply([memberChange(op, 1 + ((step * 7) % 40))]);
      const page = await get(link);
      for (const edge of readEdges(page.items)) {
        if ('@removed' in edge) known.delete(edge['id']);
        else known.add(edge['id']);
      }
      link = page.nextLink ?? page.deltaLink ?? '';
      await clock.sleep(50);
    }
    const truth = emulator.directory.read().groups[0]?.members.map(({ id }) => id);
    expect(known).toEqual(new Set(truth));
    expect(known.size).toBeLessThan(40);
    expect(known.size).toBeGreaterThan(5);
  });
});
