/** Ids in an order that is fixed by the seed and says nothing about age: Dropbox promises no order. */
export interface OrderedIds {
  add(id: string): void;
  has(id: string): boolean;
  readAll(): readonly string[];
  clear(): void;
}

/** Sorts only when somebody reads after an addition, so that thousands of additions stay cheap. */
export function createOrderedIds(seed: number): OrderedIds {
  const known = new Set<string>();
  let sorted: readonly string[] | undefined;
  return {
    add: (id) => {
      if (known.has(id)) return;
      known.add(id);
      sorted = undefined;
    },
    has: (id) => known.has(id),
    readAll: () => (sorted ??= shuffleByHash([...known], seed)),
    clear: () => {
      known.clear();
      sorted = undefined;
    },
  };
}

/** The same ids always come out in the same order for the same seed. */
export function shuffleByHash(ids: readonly string[], seed: number): readonly string[] {
  return ids
    .map((id) => ({ id, hash: hashText(id, seed) }))
    .toSorted((left, right) => left.hash - right.hash || (left.id < right.id ? -1 : 1))
    .map(({ id }) => id);
}

/** FNV-1a, 32 bits. */
export function hashText(text: string, seed: number): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash;
}
