import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { defaultProvisioning } from '../world/default-provisioning.ts';

const readme = readFileSync(path.resolve(import.meta.dirname, '../../README.md'), 'utf8');

/** Every key with its default: `guards.budget.people`, 10. */
function leaves(value: unknown, before: readonly string[] = []): readonly [string, unknown][] {
  const isBranch = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isBranch) return [[before.join('.'), value]];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...before, key]));
}

test('the README lists every key of provisioning.json with its default, and no other', () => {
  const table = [...readme.matchAll(/^\| `([a-zA-Z.]+)` +\| `([^`]*)` +\|/gm)]
    .map(([, key = '', text = '']) => `${key} ${text}`)
    .filter((line) => /^(scope|leaving|guards|drift|groups)\b/.test(line));
  const expected = leaves(defaultProvisioning()).map(
    ([key, value]) => `${key} ${JSON.stringify(value)}`,
  );
  expect(new Set(table)).toEqual(new Set(expected));
  expect(table).toHaveLength(expected.length);
});
