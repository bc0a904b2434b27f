import type { TableStore } from '../model/ports.ts';
import type { HeldEffect } from '../model/row-parts.ts';
import { lesserEffect, type Taking } from '../plan/taking.ts';
import { loadEdges } from '../rows/edges.ts';
import { loadGroups } from '../rows/groups.ts';
import { loadUsers } from '../rows/users.ts';
import { identityParts } from './identity-parts.ts';
import { StagedProblem } from './staged-problem.ts';

/**
 * How much of what is taken from this identity was released already, and cannot be held back any more. Throws StagedProblem for a text that
 * is no id, and where nobody knows it: a mistyped id must not pass for a hold.
 */
export async function loadReleased(tables: TableStore, id: string): Promise<HeldEffect> {
  const parts = identityParts(id);
  switch (parts?.kind) {
    case undefined: {
      const forms = 'u:<user>, g:<group>, e:<group>:<user> or x:<user>';
      throw new StagedProblem(`${id} is no id of ours: give one as show prints it, ${forms}`);
    }
    case 'edge': {
      const [edge] = await loadEdges(tables, parts.groupId, [parts.userId]);
      const { desired, released } = orUnknown(edge, id);
      return !desired && released ? 'remove' : 'none';
    }
    case 'group': {
      const [group] = await loadGroups(tables, [parts.groupId]);
      return releasedOf(orUnknown(group, id).desired);
    }
    case 'link':
    case 'user': {
      const [user] = await loadUsers(tables, [parts.userId]);
      const { desired } = orUnknown(user, id);
      return parts.kind === 'link' ? 'none' : releasedOf(desired);
    }
  }
}

function releasedOf({ takes, releasedTakes }: Pick<Taking, 'takes' | 'releasedTakes'>): HeldEffect {
  return lesserEffect(takes, releasedTakes);
}

function orUnknown<T extends { readonly etag: string | undefined }>(
  row: T | undefined,
  id: string,
): T {
  if (row?.etag !== undefined) return row;
  const remedy = 'no cycle has ever seen it; show prints the ids that there are';
  throw new StagedProblem(`nobody here knows ${id}: ${remedy}`);
}
