import type { z } from 'zod';
import type { ReaderContext } from './reader-context.ts';

import { TransientError } from '../model/errors.ts';
import type { EntraGroup, EntraUser, ListPage } from '../model/source.ts';
import { findWorstFailure, maxBatchParts, readBatch } from './graph-batch.ts';
import type { BatchPart } from './graph-batch.ts';
import { isOwnLink, joinSelect, quoteValue, toPartUrl } from './graph-link.ts';
import { createListSchema, createUserSchema, groupSchema } from './graph-schemas.ts';

/** An `in` filter takes 15 values: https://learn.microsoft.com/graph/filter-query-parameter */
const idsPerPart = 15;

interface Found {
  readonly users: readonly EntraUser[];
  readonly groups: readonly EntraGroup[];
}

interface OpenPart extends BatchPart<ListPage<Found>> {
  /** 1 for the first page. */
  readonly page: number;
}

/**
 * Users and groups by id, 15 to a part, 20 parts to a request. Who is unknown or in the deleted items is not in the answer. All or
 * nothing: throws the worst error of the parts that could not be read.
 */
export async function readByIds(
  ids: { readonly userIds: readonly string[]; readonly groupIds: readonly string[] },
  context: ReaderContext,
): Promise<Found> {
  const pages: Found[] = [];
  let open: readonly OpenPart[] = [
    ...buildParts(ids.userIds, buildUserPart, context),
    ...buildParts(ids.groupIds, buildGroupPart, context),
  ];
  while (open.length > 0) {
    const batch = open.slice(0, maxBatchParts);
    const next: OpenPart[] = [];
    // Parts without an answer leave the batch by throwing, so results and parts have the same length.
    const results = await readBatch(batch, context);
    const failure = findWorstFailure(results);
    if (failure !== undefined) throw failure;
    for (const [index, result] of results.entries()) {
      if (result.kind === 'failed') continue;
      pages.push(...result.value.items);
      next.push(...buildNextPart(batch[index], result.value.nextLink, context));
    }
    open = [...open.slice(maxBatchParts), ...next];
  }
  return {
    users: pages.flatMap((page) => page.users),
    groups: pages.flatMap((page) => page.groups),
  };
}

type BuildPart = (filter: string, context: ReaderContext) => OpenPart;

function buildParts(ids: readonly string[], build: BuildPart, context: ReaderContext) {
  const distinct = [...new Set(ids)];
  const count = Math.ceil(distinct.length / idsPerPart);
  return Array.from({ length: count }, (_, index) => {
    const chunk = distinct.slice(index * idsPerPart, (index + 1) * idsPerPart);
    return build(`id%20in%20(${chunk.map(quoteValue).join(',')})`, context);
  });
}

function buildUserPart(filter: string, context: ReaderContext): OpenPart {
  return {
    subject: 'users by id',
    permission: 'User.Read.All',
    url: `/users?$filter=${filter}&$select=${joinSelect(context.names)}`,
    schema: createPageSchema(
      createUserSchema(context.names).transform((user) => ({ users: [user], groups: [] })),
      context,
    ),
    page: 1,
  };
}

function buildGroupPart(filter: string, context: ReaderContext): OpenPart {
  return {
    subject: 'groups by id',
    permission: 'GroupMember.Read.All',
    url: `/groups?$filter=${filter}&$select=id,displayName`,
    schema: createPageSchema(
      groupSchema.transform((group) => ({ users: [], groups: [group] })),
      context,
    ),
    page: 1,
  };
}

function createPageSchema(item: z.ZodType<Found>, context: ReaderContext) {
  return createListSchema(item, (link) => isOwnLink(link, context.root));
}

/** 15 ids cannot fill more than 15 pages: a part that goes on has lost its way. */
function buildNextPart(
  part: OpenPart | undefined,
  nextLink: string | undefined,
  context: ReaderContext,
): readonly OpenPart[] {
  if (part === undefined || nextLink === undefined) return [];
  if (part.page >= idsPerPart) {
    throw new TransientError(`cannot read ${part.subject}: the pages do not end`, 60_000);
  }
  return [{ ...part, url: toPartUrl(nextLink, context.root), page: part.page + 1 }];
}
