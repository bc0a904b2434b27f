import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { batchHash, batchLines, type BatchItem } from '../../shared/plan/batch-hash.ts';

const items: readonly BatchItem[] = [
  { id: 'u:bbb', effect: 'suspend' },
  { id: 'u:aaa', effect: 'remove' },
  { id: 'e:g1:u1', effect: 'remove' },
  { id: 'u:aaa-b', effect: 'suspend' },
  { id: 'g:Z', effect: 'delete' },
  { id: 'x:c', effect: 'remove' },
];

const idCharacters = fc.constantFrom(...'0123456789abcdefAZ:-'.split(''));
const someItems = fc.uniqueArray(
  fc.record({
    id: fc.string({ unit: idCharacters, minLength: 1, maxLength: 80 }),
    effect: fc.constantFrom('suspend' as const, 'remove' as const, 'delete' as const),
  }),
  { selector: ({ id }) => id, maxLength: 30 },
);

test('the hash is the one that LC_ALL=C sort | sha256sum gives over the same lines', () => {
  // printf 'u:bbb suspend\nu:aaa remove\ne:g1:u1 remove\nu:aaa-b suspend\ng:Z delete\nx:c remove\n' | LC_ALL=C sort | sha256sum
  const known = '0d30eff7d7de616e77ff5e7f21bb70435d23d4c2d90fabf996b2e412ae0125c4';
  expect(batchHash(items)).toBe(known);
  expect(batchLines(items)).toEqual([
    'e:g1:u1 remove',
    'g:Z delete',
    'u:aaa remove',
    'u:aaa-b suspend',
    'u:bbb suspend',
    'x:c remove',
  ]);
});

test('no item at all has the hash of nothing', () => {
  expect(batchHash([])).toMatch(/^e3b0c44298fc1c14/);
});

test('lines are sorted by their bytes and each is ended by a line feed, whatever the ids', () => {
  fc.assert(
    fc.property(someItems, (some) => {
      const lines = some.map(({ id, effect }) => Buffer.from(`${id} ${effect}\n`));
      const text = Buffer.concat(lines.toSorted((a, b) => Buffer.compare(a, b)));
      expect(batchHash(some)).toBe(createHash('sha256').update(text).digest('hex'));
    }),
  );
});

test('the order of the items does not matter', () => {
  const shuffled = someItems.chain((some) =>
    fc.tuple(
      fc.constant(some),
      fc.shuffledSubarray(some, { minLength: some.length, maxLength: some.length }),
    ),
  );
  fc.assert(
    fc.property(shuffled, ([some, others]) => {
      expect(batchHash(others)).toBe(batchHash(some));
    }),
  );
});

test('another item, another effect or one item less is another hash', () => {
  fc.assert(
    fc.property(someItems, fc.nat(), (some, at) => {
      if (some.length === 0) return;
      const index = at % some.length;
      const fewer = some.toSpliced(index, 1);
      const changed = some.map((item, place): BatchItem =>
        place === index
          ? { ...item, effect: item.effect === 'remove' ? 'suspend' : 'remove' }
          : item,
      );
      const more = [...some, { id: 'u:'.repeat(41), effect: 'remove' as const }];
      const hashes = [some, fewer, changed, more].map((list) => batchHash(list));
      expect(new Set(hashes).size).toBe(4);
    }),
  );
});
