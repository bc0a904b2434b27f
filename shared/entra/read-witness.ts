import { z } from 'zod';

import { TransientError } from '../model/errors.ts';
import type { EntraUser, WitnessAnswer, WitnessQuestion } from '../model/source.ts';
import { findThrottled, findWorstFailure, maxBatchParts, readBatch } from './graph-batch.ts';
import type { BatchPart, PartResult } from './graph-batch.ts';
import { NotFoundError } from './graph-errors.ts';
import { joinSelect } from './graph-link.ts';
import { createUserSchema } from './graph-schemas.ts';
import type { ReaderContext } from './reader-context.ts';

/** As many as one question takes: https://learn.microsoft.com/graph/api/directoryobject-checkmembergroups */
const groupsPerPart = 20;

/** How long an answer that is not believed is left alone. */
const unbelievedWaitMs = 60_000;

/**
 * Asks about each person by id: their own record, and for each 20 groups which of them they are in, directly or through others. The parts
 * of all people share requests of 20. One answer per user id, questions about the same person being one; each stands for itself: a part
 * that cannot be read, a record without what every user has, or parts that contradict each other make that person `failed`. Nobody counts
 * as unknown unless Graph itself says so. Throws ThrottledError where a part stays throttled, with the longest wait, and CredentialError
 * where one is refused; the answers so far are lost then.
 */
export async function readWitness(
  questions: readonly WitnessQuestion[],
  context: ReaderContext,
): Promise<ReadonlyMap<string, WitnessAnswer>> {
  const people = joinQuestions(questions);
  const parts = people.flatMap((question) => buildParts(question, context));
  const results: PartResult<Said>[] = [];
  for (let start = 0; start < parts.length; start += maxBatchParts) {
    const answered = await readBatch(parts.slice(start, start + maxBatchParts), context);
    const throttled = findThrottled(answered);
    if (throttled !== undefined) throw throttled;
    results.push(...answered);
  }
  // Results come in the order of the parts, so those of one person lie together, the record first.
  let next = 0;
  return new Map(
    people.map(({ userId, groupIds }) => {
      const start = next;
      next += 1 + countChecks(groupIds);
      const [record, ...checks] = results.slice(start, next);
      return [userId, toAnswer(userId, record, checks)];
    }),
  );
}

type Said =
  | { readonly kind: 'record'; readonly user: EntraUser }
  | { readonly kind: 'groups'; readonly ids: readonly string[] };

function joinQuestions(questions: readonly WitnessQuestion[]): readonly WitnessQuestion[] {
  const groupsByUser = new Map<string, Set<string>>();
  for (const { userId, groupIds } of questions) {
    const known = groupsByUser.get(userId) ?? new Set();
    for (const groupId of groupIds) known.add(groupId);
    groupsByUser.set(userId, known);
  }
  return [...groupsByUser].map(([userId, groupIds]) => ({ userId, groupIds: [...groupIds] }));
}

function countChecks(groupIds: readonly string[]): number {
  return Math.ceil(groupIds.length / groupsPerPart);
}

function buildParts(
  { userId, groupIds }: WitnessQuestion,
  context: ReaderContext,
): readonly BatchPart<Said>[] {
  const checks = Array.from({ length: countChecks(groupIds) }, (_, index) =>
    buildCheck(userId, groupIds.slice(index * groupsPerPart, (index + 1) * groupsPerPart)),
  );
  return [buildRecord(userId, context), ...checks];
}

function buildRecord(userId: string, { names }: ReaderContext): BatchPart<Said> {
  return {
    subject: `the record of user ${userId}`,
    permission: 'User.Read.All',
    url: `/users/${encodeURIComponent(userId)}?$select=${joinSelect(names)}`,
    schema: createUserSchema(names)
      .refine(({ id }) => isSameId(id, userId), 'the record of somebody else')
      .transform((user) => ({ kind: 'record' as const, user })),
  };
}

/** A POST that only reads: to repeat it does no harm. */
function buildCheck(userId: string, groupIds: readonly string[]): BatchPart<Said> {
  return {
    subject: `the groups of user ${userId}`,
    // User.Read.All is needed too, but the record, which goes before, names that one.
    permission: 'GroupMember.Read.All',
    url: `/users/${encodeURIComponent(userId)}/checkMemberGroups`,
    body: { groupIds },
    schema: createCheckSchema(groupIds),
  };
}

function createCheckSchema(asked: readonly string[]): z.ZodType<Said> {
  return z
    .object({
      value: z
        .array(z.string())
        .refine(
          (ids) => ids.every((id) => asked.some((own) => isSameId(id, own))),
          'a group that was not asked about',
        ),
      '@odata.nextLink': z
        .undefined('a list that goes on, though it has 20 ids at most')
        .optional(),
    })
    .transform(({ value }) => ({
      kind: 'groups' as const,
      ids: asked.filter((own) => value.some((id) => isSameId(id, own))),
    }));
}

function isSameId(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function toAnswer(
  userId: string,
  record: PartResult<Said> | undefined,
  checks: readonly PartResult<Said>[],
): WitnessAnswer {
  if (record?.kind === 'failed' && isUnknown(record.error)) {
    return { kind: 'answered', user: undefined, memberOf: [] };
  }
  const error = findWorstFailure([...(record === undefined ? [] : [record]), ...checks]);
  if (error !== undefined) return { kind: 'failed', error: toFailure(userId, error) };
  if (record?.kind !== 'value' || record.value.kind !== 'record') {
    throw new Error(`the record of user ${userId} was not asked for`);
  }
  const { user } = record.value;
  if (isBlank(user)) return { kind: 'failed', error: toBlankError(userId) };
  const memberOf = checks.flatMap((check) =>
    check.kind === 'value' && check.value.kind === 'groups' ? check.value.ids : [],
  );
  return { kind: 'answered', user, memberOf };
}

function isUnknown(error: Error): boolean {
  return error instanceof NotFoundError && error.isNamed;
}

/** One part knows the person and another does not, or a 404 is not Graph's own: neither says that somebody is gone. */
function toFailure(userId: string, error: Error): Error {
  if (!(error instanceof NotFoundError)) return error;
  const message = `cannot believe that user ${userId} is unknown: ${error.message}`;
  return new TransientError(message, unbelievedWaitMs, { cause: error });
}

/** Without the permission users come with an id and nulls: https://learn.microsoft.com/graph/api/group-list-members */
function isBlank({ attributes }: EntraUser): boolean {
  const { accountEnabled, userPrincipalName } = attributes;
  return typeof accountEnabled !== 'boolean' || typeof userPrincipalName !== 'string';
}

function toBlankError(userId: string): Error {
  return new Error(
    `cannot believe the record of user ${userId}: it lacks accountEnabled or userPrincipalName, as where the application permission User.Read.All is missing`,
  );
}
