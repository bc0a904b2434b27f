import type { GroupRow } from '../../shared/model/group-row.ts';
import type { UserRow } from '../../shared/model/user-row.ts';
import { parsePendingEntry, ranks } from '../../shared/outbox/entry.ts';
import { loadOutbox, type Slot } from '../../shared/outbox/outbox-row.ts';
import { loadGroups } from '../../shared/rows/groups.ts';
import { loadUsers } from '../../shared/rows/users.ts';
import type { World } from './world.ts';

type Tables = Pick<World, 'tables'>;

export async function userRow({ tables }: Tables, id: string): Promise<UserRow> {
  const [row] = await loadUsers(tables, [id]);
  if (row === undefined) throw new Error(`no row of ${id}`);
  return row;
}

export async function groupRow({ tables }: Tables, id: string): Promise<GroupRow> {
  const [row] = await loadGroups(tables, [id]);
  if (row === undefined) throw new Error(`no row of ${id}`);
  return row;
}

/** What waits in the outbox, in its order: `invite u:ada`, with `in 6 h`, `verify` and `alone` where they hold. */
export function pending({ tables, clock }: Pick<World, 'tables' | 'clock'>): readonly string[] {
  const rankNames = new Map<number, string>(
    Object.entries(ranks).map(([name, rank]) => [rank, name]),
  );
  return tables.rows('Schedule').flatMap((row) => {
    const entry = row.partitionKey === 'pending' ? parsePendingEntry(row) : undefined;
    if (entry === undefined) return [];
    const waitMs = entry.due - clock.now();
    const words = [rankNames.get(entry.rank), entry.id];
    if (waitMs > 0) words.push(`in ${describeWait(waitMs)}`);
    if (entry.verify) words.push('verify');
    if (entry.alone === true) words.push('alone');
    return [words.join(' ')];
  });
}

function describeWait(ms: number): string {
  if (ms >= 3_600_000) return `${Math.round(ms / 360_000) / 10} h`;
  return ms >= 60_000 ? `${Math.round(ms / 6_000) / 10} min` : `${ms / 1_000} s`;
}

/** What is held back, each with effect and reason: `u:ada suspend blocked`. */
export function held({ tables }: Tables): readonly string[] {
  return tables
    .rows('Schedule')
    .filter(({ partitionKey }) => partitionKey === 'held')
    .map(({ rowKey, columns }) =>
      [rowKey.split('|')[1], columns['effect'], columns['code']].join(' '),
    );
}

export async function slots({ tables, deps }: World): Promise<readonly (Slot | undefined)[]> {
  return (await loadOutbox(tables, deps.outbox.slots)).slots;
}

/** The provisioning log, oldest first: `u:ada inviteMember applied`, with the code where there is one. */
export function logLines({ tables }: Tables): readonly string[] {
  return tables
    .rows('ProvisioningLogs')
    .filter(({ partitionKey }) => partitionKey !== 'poison')
    .toReversed()
    .map(({ columns: { identity, operation, outcome, code } }) =>
      [identity, operation, outcome, code].filter((word) => word !== '').join(' '),
    );
}

/** Who is on the team and in which groups, as an admin would list them: `ada (invited): design`. */
export function teamLines({ team }: Pick<World, 'team'>): readonly string[] {
  const groups = team.groups();
  return team.members().map(({ memberId, email, status }) => {
    const names = groups.filter(({ memberIds }) => memberIds.has(memberId)).map(({ name }) => name);
    const name = email.split('@')[0] ?? email;
    return `${name} (${status})${names.length === 0 ? '' : `: ${names.join(', ')}`}`;
  });
}
