import type { EntraReader } from '../../shared/model/ports.ts';
import type {
  EntraUser,
  ListPage,
  MembersAnswer,
  StreamPage,
  WitnessAnswer,
} from '../../shared/model/source.ts';
import { TransientError } from '../../shared/model/errors.ts';
import type { MemoryEntra } from '../memory/memory-entra.ts';
import type { Character } from './character.ts';
import type { Lies, LieWord } from './lies.ts';
import type { Past } from './past.ts';

/** The untruth that is told when a lie of this kind is asked for. */
export type Told<T> = Lies & { readonly tell: (word: LieWord) => Promise<T> };

/** What Graph may answer to each question instead of the truth. */
export interface LyingEntra {
  readAssignments(nextLink?: string): Told<Awaited<ReturnType<EntraReader['readAssignments']>>>;
  readUserChanges(link: string): Told<Awaited<ReturnType<EntraReader['readUserChanges']>>>;
  readGroupChanges(link: string): Told<Awaited<ReturnType<EntraReader['readGroupChanges']>>>;
  readFirstMembers(ids: readonly string[]): Told<ReadonlyMap<string, MembersAnswer>>;
  readMoreMembers(nextLink: string): Told<ListPage<EntraUser>>;
  readWitness(
    questions: Parameters<EntraReader['readWitness']>[0],
  ): Told<ReadonlyMap<string, WitnessAnswer>>;
}

export interface LyingEntraOptions {
  readonly entra: MemoryEntra;
  readonly past: Past;
  readonly character: Character;
  readonly random: () => number;
  readonly now: () => number;
}

const pageWords: readonly LieWord[] = ['lost page', 'repeated page', 'cut short'];
/** An answer about one person is no older than this. */
const witnessLagMs = 90_000;

export function createLyingEntra(options: LyingEntraOptions): LyingEntra {
  const { entra, past, character, random, now } = options;
  const isLying = character.liar === 'lists';

  const readAssigned = (next?: string): ReturnType<MemoryEntra['readAssignments']> =>
    entra.readAssignments(next);
  const readMore = (next: string): Promise<ListPage<EntraUser>> => entra.readMoreMembers(next);

  function lag(atMostMs: number): number {
    return now() - Math.floor(random() * atMostMs);
  }

  /** Nothing that is only late has a topic: it may happen again and again. */
  function listLies<T>(
    topic: string,
    words: readonly LieWord[],
    tell: (word: LieWord) => Promise<T>,
  ): Told<T> {
    const isLate = character.listLagMs > 0 && random() < 0.5;
    if (isLate) return { topic: '', words: ['stale'], tell };
    return { topic, words: isLying ? words : [], tell };
  }

  function streamLies<T>(link: string, read: () => Promise<StreamPage<T>>): Told<StreamPage<T>> {
    const words: readonly LieWord[] = link.split('|').length > 2 ? [] : ['stale', 'repeated page'];
    return {
      topic: '',
      words: character.streamLagMs > 0 ? words : [],
      async tell(word) {
        if (word === 'repeated page') {
          const page = await read();
          return { ...page, items: [...page.items, ...page.items] };
        }
        entra.showJournal(past.journalAt(now() - character.streamLagMs * (0.5 + random() / 2)));
        const page = read();
        entra.showJournal();
        return page;
      },
    };
  }

  return {
    readAssignments: (link) =>
      listLies('assignments', link === undefined ? ['empty', ...pageWords] : pageWords, (word) => {
        return word === 'stale'
          ? past.entraAt(lag(character.listLagMs)).readAssignments(link)
          : tellOfPage(word, () => readAssigned(link), readAssigned);
      }),
    readUserChanges: (link) => streamLies(link, () => entra.readUserChanges(link)),
    readGroupChanges: (link) => streamLies(link, () => entra.readGroupChanges(link)),
    readFirstMembers(ids) {
      const target = ids[Math.floor(random() * ids.length)] ?? '';
      const words: readonly LieWord[] = ['empty', 'unknown', ...pageWords];
      return listLies(`members ${target}`, words, async (word) => {
        const source = word === 'stale' ? past.entraAt(lag(character.listLagMs)) : entra;
        const answers = new Map(await source.readFirstMembers(ids));
        const answer = answers.get(target);
        if (answer?.kind === 'page' && word !== 'stale') {
          answers.set(target, await lieAboutMembers(word, answer.page));
        }
        return answers;
      });
    },
    readMoreMembers(link) {
      const [, groupId = ''] = link.split('|');
      return listLies(`members ${groupId}`, pageWords, (word) => {
        return word === 'stale'
          ? past.entraAt(lag(character.listLagMs)).readMoreMembers(link)
          : tellOfPage(word, () => readMore(link), readMore);
      });
    },
    readWitness: (questions) => ({
      topic: '',
      words: character.liar === 'witness' ? ['unknown', 'empty', 'stale', 'cut short'] : [],
      async tell(word) {
        if (word === 'stale') return past.entraAt(lag(witnessLagMs)).readWitness(questions);
        const answers = new Map(await entra.readWitness(questions));
        const ids = [...answers.keys()];
        const target = ids[Math.floor(random() * ids.length)] ?? '';
        const answer = answers.get(target);
        if (answer !== undefined) answers.set(target, lieAboutPerson(word, answer));
        return answers;
      },
    }),
  };

  async function lieAboutMembers(word: LieWord, page: ListPage<EntraUser>): Promise<MembersAnswer> {
    if (word === 'unknown') return { kind: 'missing' };
    return { kind: 'page', page: await tellOfPage(word, () => Promise.resolve(page), readMore) };
  }
}

async function tellOfPage<T>(
  word: LieWord,
  read: () => Promise<ListPage<T>>,
  readNext: (link: string) => Promise<ListPage<T>>,
): Promise<ListPage<T>> {
  if (word === 'empty') return { items: [] };
  const { items, nextLink } = await read();
  const next = nextLink === undefined ? {} : { nextLink };
  if (word === 'repeated page') return { items: [...items, ...items], ...next };
  if (word === 'cut short' || nextLink === undefined) return { items };
  const lost = await readNext(nextLink);
  return lost.nextLink === undefined ? { items } : { items, nextLink: lost.nextLink };
}

function lieAboutPerson(word: LieWord, answer: WitnessAnswer): WitnessAnswer {
  if (word === 'unknown') return { kind: 'answered', user: undefined, memberOf: [] };
  if (word === 'empty' && answer.kind === 'answered') return { ...answer, memberOf: [] };
  return { kind: 'failed', error: new TransientError('this part does not answer', 1_000) };
}
