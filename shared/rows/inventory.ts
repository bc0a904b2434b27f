import { z } from 'zod';
import type { Row, TableAction, TableStore } from '../model/ports.ts';
import { loadMany, readRange, writeMany } from '../model/table-pages.ts';
import type { TeamGroup, TeamMember } from '../model/target.ts';
import { fromJsonColumns, toJsonColumns } from './json-columns.ts';
import { textKey } from './text-key.ts';

/** The team as last listed: matching is a point read, and memory stays flat whatever the team's size. */
export const membersTable = 'Members';

const memberSchema = z.object({
  memberId: z.string(),
  email: z.string(),
  externalId: z.string().exactOptional(),
  givenName: z.string(),
  surname: z.string(),
  status: z.enum(['active', 'invited', 'suspended', 'removed', 'unknown']),
  isRecoverable: z.boolean().exactOptional(),
  groupIds: z.array(z.string()).exactOptional(),
}) satisfies z.ZodType<TeamMember>;

const groupSchema = z.object({
  groupId: z.string(),
  name: z.string(),
  externalId: z.string().exactOptional(),
  management: z.enum(['company', 'user', 'system', 'unknown']),
}) satisfies z.ZodType<TeamGroup>;

const indexes = ['member', 'email', 'external', 'groupName', 'groupExternal'] as const;
type Index = (typeof indexes)[number];

function partitionsOf(index: Index): readonly string[] {
  return '0123456789abcdef'.split('').map((digit) => `${index}-${digit}`);
}

/** Where listings stand. Other partitions of the table hold claims. */
export const listingPartitions: readonly string[] = indexes.flatMap(partitionsOf);

function keyOf(index: Index, text: string): { partitionKey: string; rowKey: string } {
  const rowKey = textKey(text.toLowerCase());
  return { partitionKey: `${index}-${rowKey.slice(0, 1)}`, rowKey };
}

/** Saves a page of the listing under every name by which somebody may look for it, stamped with the listing's id. */
export async function saveTeamPage(
  tables: TableStore,
  listing: string,
  page: { readonly members?: readonly TeamMember[]; readonly groups?: readonly TeamGroup[] },
): Promise<void> {
  const actionsByPartition = new Map<string, Map<string, TableAction>>();
  const put = (index: Index, text: string | undefined, value: unknown): void => {
    if (text === undefined || text === '') return;
    const { partitionKey, rowKey } = keyOf(index, text);
    const actions = actionsByPartition.get(partitionKey) ?? new Map<string, TableAction>();
    const columns = { listing, ...toJsonColumns('value', value) };
    actions.set(rowKey, { kind: 'upsert', rowKey, columns });
    actionsByPartition.set(partitionKey, actions);
  };
  for (const member of page.members ?? []) {
    put('member', member.memberId, member);
    put('email', member.email, member);
    put('external', member.externalId, member);
  }
  for (const group of page.groups ?? []) {
    put('groupName', group.name, group);
    put('groupExternal', group.externalId, group);
  }
  await Promise.all(
    [...actionsByPartition].map(([partition, actions]) =>
      writeMany(tables, membersTable, partition, [...actions.values()]),
    ),
  );
}

/** Members found by external id or, failing that, by address; undefined where the listing named knows neither, nor a later one. */
export async function findMembers(
  tables: TableStore,
  listing: string,
  wanted: readonly { readonly externalId: string; readonly email: string }[],
): Promise<readonly { byExternalId: TeamMember | undefined; byEmail: TeamMember | undefined }[]> {
  const keys = wanted.flatMap(({ externalId, email }) => [
    keyOf('external', externalId),
    keyOf('email', email),
  ]);
  const rows = await loadMany(tables, membersTable, keys);
  return wanted.map((_, index) => ({
    byExternalId: parse(rows[2 * index], listing, memberSchema),
    byEmail: parse(rows[2 * index + 1], listing, memberSchema),
  }));
}

/** Groups found by external id or by name (whatever the case of its letters). */
export async function findGroup(
  tables: TableStore,
  listing: string,
  wanted: { readonly externalId: string; readonly name: string },
): Promise<{ byExternalId: TeamGroup | undefined; byName: TeamGroup | undefined }> {
  const keys = [keyOf('groupExternal', wanted.externalId), keyOf('groupName', wanted.name)];
  const rows = await loadMany(tables, membersTable, keys);
  return {
    byExternalId: parse(rows[0], listing, groupSchema),
    byName: parse(rows[1], listing, groupSchema),
  };
}

/** The members with these ids, in the order asked; undefined where the listing named does not show them, nor a later one. */
export async function loadListedMembers(
  tables: TableStore,
  listing: string,
  memberIds: readonly string[],
): Promise<readonly (TeamMember | undefined)[]> {
  const keys = memberIds.map((memberId) => keyOf('member', memberId));
  const rows = await loadMany(tables, membersTable, keys);
  return rows.map((row) => parse(row, listing, memberSchema));
}

/** Everybody whom the listing named has shown, or a later one, page by page. A page may be empty. */
export async function* readListedMembers(
  tables: TableStore,
  listing: string,
): AsyncGenerator<readonly TeamMember[]> {
  for (const partition of partitionsOf('member')) {
    for await (const rows of readRange(tables, membersTable, partition)) {
      yield rows.flatMap((row) => parse(row, listing, memberSchema) ?? []);
    }
  }
}

/** The rows of one partition that only listings before this one have written, page by page: what may be deleted. A page may be empty. */
export async function* readOutdatedRows(
  tables: TableStore,
  partition: string,
  listing: string,
): AsyncGenerator<readonly TableAction[]> {
  for await (const rows of readRange(tables, membersTable, partition)) {
    const outdated = rows.filter((row) => listingOfRow(row) < listing);
    // Only as it was read: whoever has come back since was listed anew.
    yield outdated.map(({ rowKey, etag }) => ({ kind: 'delete', rowKey, etag }));
  }
}

function listingOfRow({ columns }: Row): string {
  return String(columns['listing'] ?? '');
}

function parse<T>(row: Row | undefined, listing: string, schema: z.ZodType<T>): T | undefined {
  if (row === undefined || listingOfRow(row) < listing) return undefined;
  return schema.parse(fromJsonColumns(row, 'value'));
}
