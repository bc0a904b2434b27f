import type { TeamReader } from '../../shared/model/ports.ts';
import type { Answer, TeamGroup, TeamMember, TeamPage } from '../../shared/model/target.ts';
import type { MemoryTeam } from '../memory/memory-team.ts';
import type { Character } from './character.ts';
import type { LieWord } from './lies.ts';
import type { Told } from './lying-entra.ts';
import type { Past } from './past.ts';

type Info = Awaited<ReturnType<TeamReader['readMembersInfo']>>;
type Selectors = Parameters<TeamReader['readMembersInfo']>[0];

/** What Dropbox may answer to each question instead of the truth. That somebody is there at all, a question by id says truly. */
export interface LyingTeam {
  readMembers(cursor?: string): Told<TeamPage<TeamMember>>;
  readGroups(cursor?: string): Told<TeamPage<TeamGroup>>;
  readGroupMembers(groupId: string, cursor?: string): Told<Answer<TeamPage<string>>>;
  readMembersInfo(selectors: Selectors): Told<Info>;
}

/** Questions about one member lag no more than this behind writes. */
const infoLagMs = 1_500;

export function createLyingTeam(options: {
  readonly team: MemoryTeam;
  readonly past: Past;
  readonly character: Character;
  readonly random: () => number;
  readonly now: () => number;
}): LyingTeam {
  const { team, past, character, random, now } = options;
  const words: readonly LieWord[] = ['lost page', 'repeated page', 'cut short'];

  function lies<T>(cursor: string | undefined, tell: (word: LieWord) => Promise<T>): Told<T> {
    const all: readonly LieWord[] = [
      ...(cursor === undefined ? (['empty', ...words] as const) : words),
      ...(character.teamLagMs > 0 ? (['stale', 'stale'] as const) : []),
    ];
    return { topic: '', words: character.doesTeamLie ? all : [], tell };
  }

  /** The page as it was; where it stands and whether there is more, Dropbox says as it is. */
  function staleView(): ReturnType<Past['teamAt']> {
    return past.teamAt(now() - Math.floor(random() * character.teamLagMs));
  }

  return {
    readMembers: (cursor) =>
      lies(cursor, async (word) => {
        if (word !== 'stale') return tellOfPage(word, cursor, (at) => team.readMembers(at));
        const page = await team.readMembers(cursor);
        const { members } = staleView();
        const items = page.items.flatMap(({ memberId }) => members.get(memberId) ?? []);
        return { ...page, items: items.filter(({ status }) => status !== 'removed') };
      }),
    readGroups: (cursor) =>
      lies(cursor, async (word) => {
        if (word !== 'stale') return tellOfPage(word, cursor, (at) => team.readGroups(at));
        const page = await team.readGroups(cursor);
        const { groups } = staleView();
        const items = page.items.flatMap(({ groupId }): TeamGroup[] => {
          const group = groups.get(groupId);
          if (group === undefined) return [];
          const { memberIds: _memberIds, ...rest } = group;
          return [rest];
        });
        return { ...page, items };
      }),
    readGroupMembers: (groupId, cursor) =>
      lies(cursor, async (word) => {
        const answer = await team.readGroupMembers(groupId, cursor);
        if (answer.kind === 'refused') return answer;
        if (word === 'stale') {
          const then = staleView().groups.get(groupId)?.memberIds;
          const items = answer.value.items.filter((id) => then?.has(id) === true);
          return { kind: 'done', value: { ...answer.value, items } };
        }
        const read = async (at?: string): Promise<TeamPage<string>> => {
          const next = await team.readGroupMembers(groupId, at);
          return next.kind === 'done' ? next.value : answer.value;
        };
        return { kind: 'done', value: await tellOfPage(word, cursor, read) };
      }),
    readMembersInfo: (selectors) => ({
      topic: '',
      words: character.doesTeamLie ? ['stale'] : [],
      async tell() {
        const found = await team.readMembersInfo(selectors);
        const { members } = past.teamAt(now() - Math.floor(random() * infoLagMs));
        return found.map((member) => {
          const before = member === undefined ? undefined : members.get(member.memberId);
          if (member === undefined || before === undefined) return member;
          const isThere = member.status !== 'removed' && before.status !== 'removed';
          return isThere ? { ...before, ...groupIdsOf(member) } : member;
        });
      },
    }),
  };
}

function groupIdsOf({ groupIds }: TeamMember): Pick<TeamMember, 'groupIds'> {
  return groupIds === undefined ? {} : { groupIds };
}

async function tellOfPage<T>(
  word: LieWord,
  cursor: string | undefined,
  read: (cursor?: string) => Promise<TeamPage<T>>,
): Promise<TeamPage<T>> {
  const page = await read(cursor);
  if (word === 'empty') return { ...page, items: [], hasMore: false };
  if (word === 'repeated page') return { ...page, items: [...page.items, ...page.items] };
  if (word === 'cut short' || !page.hasMore) return { ...page, hasMore: false };
  const lost = await read(page.cursor);
  return { ...lost, items: page.items };
}
