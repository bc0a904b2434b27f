import { z } from 'zod';
import { readEdges } from '../../shared/rows/edges.ts';
import { loadGroups } from '../../shared/rows/groups.ts';
import { loadUsers } from '../../shared/rows/users.ts';
import { writesSchema, type Write } from '../sandbox/start/control-client.ts';
import type { SandboxRun } from './sandbox-run.ts';

const invitation = z.object({ new_members: z.array(z.object({ member_email: z.string() })) });

/** Every write that changed the team so far. */
export function readWrites({ dropbox }: SandboxRun): Promise<readonly Write[]> {
  return dropbox.read('/writes', writesSchema);
}

/** Addresses that were invited more than once: asked for twice in calls that took effect, or mailed to twice. */
export async function findSecondInvitations(run: SandboxRun): Promise<readonly string[]> {
  const asked = (await readWrites(run))
    .filter(({ route }) => route === '/2/team/members/add_v2')
    .flatMap(({ argument }) => invitation.parse(argument).new_members)
    .map(({ member_email }) => member_email.toLowerCase());
  const mailed = (await run.readTeam()).members
    .filter(({ invitationsMailed = 0 }) => invitationsMailed > 1)
    .map(({ email }) => email.toLowerCase());
  const repeated = asked.filter((email, index) => asked.indexOf(email) < index);
  return [...new Set([...repeated, ...mailed])];
}

/** Members, groups and edges that we made and that no row of the app links: nobody would ever look after them again. */
export async function findUnowned(run: SandboxRun): Promise<readonly string[]> {
  const { users, groups } = run.world.directory;
  const userRows = await loadUsers(
    run.tables,
    users.map(({ id }) => id),
  );
  const groupRows = await loadGroups(
    run.tables,
    groups.map(({ id }) => id),
  );
  const linkedMembers = new Set(userRows.map(({ applied }) => applied.memberId));
  const linkedGroups = new Set(groupRows.map(({ applied }) => applied.groupId));
  const writes = await readWrites(run);
  const made = writes
    .filter(({ route }) => /\/(members\/add_v2|groups\/create)$/.test(route))
    .flatMap(({ result }) => result.changed);
  const unlinked = made
    .filter(({ kind, id }) => !(kind === 'member' ? linkedMembers : linkedGroups).has(id))
    .map(({ kind, id, email, name }) => `${kind} ${email ?? name ?? id}`);
  return [...unlinked, ...(await findUnownedEdges(run))];
}

/** Edges of ours that are in Dropbox now, by what the oracle's comparison has shown, and yet not noted as ours. */
async function findUnownedEdges({ tables, world }: SandboxRun): Promise<readonly string[]> {
  const unowned: string[] = [];
  for (const { id, displayName } of world.directory.groups) {
    for await (const edges of readEdges(tables, id)) {
      const open = edges.filter(({ applied, ours }) => applied && !ours);
      unowned.push(...open.map(({ userId }) => `${userId} in ${displayName}`));
    }
  }
  return unowned;
}
