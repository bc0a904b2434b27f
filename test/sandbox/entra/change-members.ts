import { readInState, writeToggle, type ChangeWriter } from './change-writer.ts';
import { DirectoryInputError } from './directory-input-error.ts';
import type { MemberKind } from './directory-types.ts';
import { indexEdge } from './load-tenant.ts';
import type { Edge } from './tenant.ts';

interface EdgeChange {
  readonly groupId: string;
  readonly memberId: string;
  readonly kind?: MemberKind;
}

/** Adds a direct member; somebody who is one already stays one. */
export function addMember(writer: ChangeWriter, change: EdgeChange, place: string): void {
  const { tenant } = writer;
  const { groupId, memberId } = change;
  const group = readInState(tenant.groups.get(groupId), ['live'], `${place}.groupId`).object;
  const kind = findKind(writer, change, place);
  let edge = group.edgeByMember.get(memberId);
  if (edge === undefined) {
    const created: Edge = { memberId, kind, toggles: [] };
    edge = created;
    group.edges.push(created);
    group.edgeByMember.set(memberId, created);
    writer.onUndo(() => {
      group.edges.pop();
      group.edgeByMember.delete(memberId);
    });
    // A trace that outlives an undo does no harm: who looks here asks the edge itself.
    indexEdge(tenant, groupId, memberId);
  }
  const subject = { kind: 'edge', of: 'group', id: groupId, memberId, isPurge: false } as const;
  writeToggle(writer, edge.toggles, true, subject);
}

/** Users and groups have to be there, devices and service principals only have to be called so. */
function findKind(writer: ChangeWriter, change: EdgeChange, place: string): MemberKind {
  const { users, groups } = writer.tenant;
  const known = users.has(change.memberId)
    ? { kind: 'user' as const, object: users.get(change.memberId) }
    : { kind: 'group' as const, object: groups.get(change.memberId) };
  const kind = change.kind ?? known.kind;
  if (kind === 'device' || kind === 'servicePrincipal') return kind;
  if (kind !== known.kind) {
    throw new DirectoryInputError(`${place}.kind`, `${change.memberId} is no ${kind}`);
  }
  readInState(known.object, ['live'], `${place}.memberId`);
  return kind;
}

/** Takes a direct member away; also one that is soft-deleted. Throws where there is no such edge. */
export function removeMember(writer: ChangeWriter, change: EdgeChange, place: string): void {
  const { groupId, memberId } = change;
  const group = readInState(
    writer.tenant.groups.get(groupId),
    ['live', 'soft'],
    `${place}.groupId`,
  ).object;
  const edge = group.edgeByMember.get(memberId);
  if (edge === undefined) throw new DirectoryInputError(`${place}.memberId`, 'never was a member');
  const subject = { kind: 'edge', of: 'group', id: groupId, memberId, isPurge: false } as const;
  writeToggle(writer, edge.toggles, false, subject);
}

/** Cuts all links from and to an object that is gone for good. */
export function detachEverywhere(writer: ChangeWriter, id: string): void {
  const { tenant } = writer;
  for (const groupId of tenant.groupsByMember.get(id) ?? []) {
    const edge = tenant.groups.get(groupId)?.edgeByMember.get(id);
    if (edge === undefined) continue;
    const subject = {
      kind: 'edge',
      of: 'group',
      id: groupId,
      memberId: id,
      isPurge: true,
    } as const;
    writeToggle(writer, edge.toggles, false, subject);
  }
  for (const assignment of tenant.assignments) {
    if (assignment.principalId !== id) continue;
    writeToggle(writer, assignment.toggles, false, { kind: 'other' });
  }
}
