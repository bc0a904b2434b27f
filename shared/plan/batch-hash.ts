import { createHash } from 'node:crypto';
import type { HeldEffect } from '../model/row-parts.ts';

export interface BatchItem {
  /** As in `held`: `u:<user>`, `g:<group>`, `e:<group>:<user>`, `x:<user>`. */
  readonly id: string;
  readonly effect: HeldEffect;
}

/** The lines over which the hash of a batch is made, sorted by their characters' codes: `<id> <effect>`. */
export function batchLines(items: readonly BatchItem[]): readonly string[] {
  return items.map(({ id, effect }) => `${id} ${effect}`).toSorted((a, b) => (a < b ? -1 : 1));
}

/**
 * What a person approves: SHA-256, in hexadecimal digits, over the sorted lines, each ended by a line feed. `LC_ALL=C sort | sha256sum`
 * over the same lines gives the same.
 */
export function batchHash(items: readonly BatchItem[]): string {
  const text = batchLines(items)
    .map((line) => `${line}\n`)
    .join('');
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
