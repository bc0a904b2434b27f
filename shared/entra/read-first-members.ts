import type { EntraUser, ListPage, MembersAnswer } from '../model/source.ts';
import { maxBatchParts, readBatch } from './graph-batch.ts';
import type { BatchPart, PartResult } from './graph-batch.ts';
import { NotFoundError } from './graph-errors.ts';
import { isOwnLink, joinSelect } from './graph-link.ts';
import { createListSchema, createUserSchema } from './graph-schemas.ts';
import type { ReaderContext } from './reader-context.ts';

/** Needed, with `$count`, wherever a list is cast to a type: https://learn.microsoft.com/graph/aad-advanced-queries */
export const consistencyHeaders = { ConsistencyLevel: 'eventual' } as const;

/** What any reading of members needs: https://learn.microsoft.com/graph/api/group-list-members */
export const membersPermissions = {
  permission: 'GroupMember.Read.All',
  alsoNeeded: 'Member.Read.Hidden, where the group hides its members',
} as const;

/**
 * The first page of direct user members of at most 20 groups, by id, in one request (and again for those that fail in passing). A group
 * that Graph does not know is `missing`; one that could not be read is `failed` and says nothing about its members.
 */
export async function readFirstMembers(
  groupIds: readonly string[],
  context: ReaderContext,
): Promise<ReadonlyMap<string, MembersAnswer>> {
  const ids = [...new Set(groupIds)];
  if (ids.length > maxBatchParts) {
    throw new Error(`cannot read the members of ${ids.length} groups at once: at most 20`);
  }
  if (ids.length === 0) return new Map();
  const parts = ids.map((id) => buildPart(id, context));
  const results = await readBatch(parts, context);
  return new Map(
    results.flatMap((result, index) => {
      const id = ids[index];
      return id === undefined ? [] : [[id, toMembersAnswer(result)]];
    }),
  );
}

function buildPart(groupId: string, context: ReaderContext): BatchPart<ListPage<EntraUser>> {
  const path = `/groups/${encodeURIComponent(groupId)}/members/microsoft.graph.user`;
  return {
    subject: `the members of group ${groupId}`,
    ...membersPermissions,
    url: `${path}?$count=true&$select=${joinSelect(context.names)}&$top=999`,
    headers: consistencyHeaders,
    schema: createListSchema(createUserSchema(context.names), (link) =>
      isOwnLink(link, context.root),
    ),
  };
}

function toMembersAnswer(result: PartResult<ListPage<EntraUser>>): MembersAnswer {
  if (result.kind === 'value') return { kind: 'page', page: result.value };
  if (result.error instanceof NotFoundError) return { kind: 'missing' };
  return { kind: 'failed', error: result.error };
}
