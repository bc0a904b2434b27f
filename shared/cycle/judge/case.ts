import type { GroupRow } from '../../model/group-row.ts';
import type { UserRow } from '../../model/user-row.ts';
import type { BudgetKind } from '../../plan/budget.ts';
import type { EdgeRow } from '../../rows/edges.ts';
import type { HeldEntry } from '../../rows/held.ts';

/** The row that an entry in `held` is about, as it stands now. */
export type CaseRow =
  | { readonly what: 'user'; readonly row: UserRow }
  /** A link to a member whom Dropbox does not know any more. */
  | { readonly what: 'link'; readonly row: UserRow }
  | { readonly what: 'group'; readonly row: GroupRow }
  | {
      readonly what: 'edge';
      readonly edge: EdgeRow;
      /** Entra says that the person is deleted: that is why no list shows them. */
      readonly isDeleted: boolean;
    };

/** One taking that is judged now. */
export interface Case {
  readonly entry: HeldEntry;
  readonly about: CaseRow;
  readonly budget: BudgetKind;
  /** How much of the budget it uses: 0 where nobody loses anything. */
  readonly weight: number;
  /** A person has approved it: it does not use the budget. */
  readonly isApproved: boolean;
  /** Why a person has to decide whatever the budget; undefined where nobody has to. */
  readonly doubt: string | undefined;
}

/** Since when this departure lasts: a later one is another matter. */
export function departureOf({ entry, about }: Pick<Case, 'entry' | 'about'>): number {
  const isOfRow = about.what === 'user' || about.what === 'group';
  return isOfRow ? about.row.desired.departedAt : entry.since;
}

/** The person a case is about, where it is about one. */
export function userIdOf(about: CaseRow): string | undefined {
  if (about.what === 'group') return undefined;
  return about.what === 'edge' ? about.edge.userId : about.row.id;
}
