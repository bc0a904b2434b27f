import type { DirectoryGroup } from '../entra/directory-types.ts';
import type { TeamDocument, TeamDocumentGroup } from '../dropbox/team-types.ts';
import type { ExpectedGroup, SkippedGroup } from './expected-team.ts';
import { indexBy } from './index-by.ts';

/** A group to be, with the two it comes from. */
export type GroupDraft = Omit<ExpectedGroup, 'members'> & {
  readonly source?: DirectoryGroup;
  readonly before?: TeamDocumentGroup;
};

/** Which groups there are in the end, and which assigned ones are not, with the reason. */
export function expectGroups(
  assigned: readonly DirectoryGroup[],
  team: TeamDocument,
  adoptByName: boolean,
): { readonly groups: readonly GroupDraft[]; readonly skipped: readonly SkippedGroup[] } {
  const judge = createJudge(assigned, team, adoptByName);
  const skipped: SkippedGroup[] = [];
  const created: GroupDraft[] = [];
  const matched = new Map<TeamDocumentGroup, GroupDraft>();
  for (const source of assigned) {
    const verdict = judge(source);
    if (verdict.kind === 'create') created.push(create(source));
    else if (verdict.kind === 'link') {
      matched.set(verdict.before, link(source, verdict.before));
    } else {
      skipped.push({ id: source.id, reason: verdict.reason });
      if (verdict.linked) {
        matched.set(verdict.linked, { ...keep(verdict.linked), source, origin: 'linked' });
      }
    }
  }
  const before = team.groups
    .filter((group) => group.management !== 'system_managed')
    .map((group) => matched.get(group) ?? keep(group));
  return { groups: [...before, ...created], skipped };
}

type Verdict =
  | { readonly kind: 'create' }
  | { readonly kind: 'link'; readonly before: TeamDocumentGroup }
  /** `linked`: ours already, keeps its name and receives members. */
  | {
      readonly kind: 'skip';
      readonly reason: SkippedGroup['reason'];
      readonly linked: TeamDocumentGroup | undefined;
    };

function createJudge(
  assigned: readonly DirectoryGroup[],
  team: TeamDocument,
  adoptByName: boolean,
): (source: DirectoryGroup) => Verdict {
  const byExternalId = indexBy(team.groups, (group) => group.externalId);
  const byName = indexBy(team.groups, (group) => group.name.toLowerCase());
  const assignedByName = Map.groupBy(assigned, (group) => nameOf(group).toLowerCase());
  const isShared = (name: string): boolean =>
    (assignedByName.get(name.toLowerCase()) ?? []).length > 1;
  const mayAdopt = (group: TeamDocumentGroup): boolean =>
    adoptByName && group.management !== 'system_managed' && !group.externalId;

  return (source) => {
    const name = nameOf(source);
    const linked = byExternalId.get(source.id);
    const skip = (reason: SkippedGroup['reason']): Verdict => ({ kind: 'skip', reason, linked });
    if (linked?.name === name) return { kind: 'link', before: linked };
    if (name === '') return skip('groupNameMissing');
    if (isShared(name)) return skip('duplicateGroupName');

    const sameName = byName.get(name.toLowerCase());
    if (!sameName || sameName === linked) {
      return linked ? { kind: 'link', before: linked } : { kind: 'create' };
    }
    if (!linked && mayAdopt(sameName)) return { kind: 'link', before: sameName };
    return skip('groupNameTaken');
  };
}

function create(source: DirectoryGroup): GroupDraft {
  return {
    name: nameOf(source),
    externalId: source.id,
    management: 'company_managed',
    source,
    origin: 'created',
    changes: false,
  };
}

function link(source: DirectoryGroup, before: TeamDocumentGroup): GroupDraft {
  const name = nameOf(source);
  const wasOurs = before.externalId === source.id;
  return {
    name,
    externalId: source.id,
    management: before.management,
    source,
    before,
    origin: wasOurs ? 'linked' : 'adopted',
    changes: !wasOurs || before.name !== name,
  };
}

function nameOf(group: DirectoryGroup): string {
  return group.displayName ?? '';
}

function keep(group: TeamDocumentGroup): GroupDraft {
  return {
    name: group.name,
    ...(group.externalId ? { externalId: group.externalId } : {}),
    management: group.management,
    before: group,
    origin: 'stranger',
    changes: false,
  };
}
