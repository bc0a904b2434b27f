/** What an answer may be instead of the truth. */
export type LieWord = 'empty' | 'lost page' | 'repeated page' | 'cut short' | 'stale' | 'unknown';

/** A read that may be answered with an untruth. */
export interface Lies {
  /** What the untruth is about: two about the same have a whole truthful cycle between them, unless both are empty. */
  readonly topic: string;
  readonly words: readonly LieWord[];
}

/** Decides when an untruth may be told, so that it ends as the design expects it to. */
export interface Liar {
  /** The untruth that is told now; undefined for none. `chance`: of a lie where one may be told. */
  draw(lies: Lies, chance: number): LieWord | undefined;
  stop(): void;
}

/** So often a list that was empty is so again. */
const goesOnShare = 0.8;

export function createLiar(options: {
  readonly random: () => number;
  readonly now: () => number;
  /** When the last cycle that is complete began; -Infinity before the first. */
  readonly lastComplete: () => number;
}): Liar {
  const { random, now } = options;
  const lastLie = new Map<string, { readonly at: number; readonly word: LieWord }>();
  let isStopped = false;

  /** A complete cycle that began after the lie has read the truth, and taken it in. */
  function isHealed(topic: string): boolean {
    return (lastLie.get(topic)?.at ?? -Infinity) < options.lastComplete();
  }

  function choose({ topic, words }: Lies, chance: number): LieWord | undefined {
    const last = lastLie.get(topic);
    if (last === undefined || isHealed(topic)) {
      return random() < chance ? words[Math.floor(random() * words.length)] : undefined;
    }
    // Nobody loses anything by a list that is empty, however often it is: it goes on for a while.
    const goesOn = last.word === 'empty' && words.includes('empty') && random() < goesOnShare;
    return goesOn ? 'empty' : undefined;
  }

  return {
    draw(lies, chance) {
      if (isStopped || lies.words.length === 0 || chance === 0) return undefined;
      const word = choose(lies, chance);
      // The streams and Dropbox's lists are only late: nothing is to be healed.
      if (word !== undefined && lies.topic !== '') lastLie.set(lies.topic, { at: now(), word });
      return word;
    },
    stop: () => {
      isStopped = true;
    },
  };
}
