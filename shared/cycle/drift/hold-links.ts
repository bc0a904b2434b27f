import type { UserRow } from '../../model/user-row.ts';
import { hold, readHeld, type Held } from '../../rows/held.ts';
import type { CycleDeps } from '../deps.ts';

/**
 * True for somebody who is wanted in the team and whose member, should it be gone, was taken out by somebody else: only a released link is
 * dropped, and the person invited anew.
 */
export function mayUnlink({ applied, desired }: UserRow): boolean {
  const isWanted = desired.presence === 'member' && desired.takes === 'none';
  const isOurWork = applied.removedByUs || applied.intended?.operation === 'removeMember';
  return isWanted && !isOurWork && desired.unlinks !== applied.memberId;
}

/** Holds the links of people whose members Dropbox does not know any more, each once: an entry that is there stays as it is. */
export async function holdLinks(rows: readonly UserRow[], deps: CycleDeps): Promise<void> {
  if (rows.length === 0) return;
  const held = new Set<string>();
  for await (const entries of readHeld(deps.tables)) {
    for (const { id } of entries) if (id.startsWith('x:')) held.add(id);
  }
  const links = rows.map((row) => toHeld(row, deps.clock.now()));
  await hold(
    deps.tables,
    links.filter(({ id }) => !held.has(id)),
  );
}

function toHeld({ id, applied }: UserRow, since: number): Held {
  const detail = `Dropbox does not know the member ${applied.memberId} any more`;
  return {
    id: `x:${id}`,
    desired: {
      takes: 'remove',
      takesBecause: { code: 'memberGone', detail },
      takesKind: 'missing',
      takesSince: since,
    },
  };
}
