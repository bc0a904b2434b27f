import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { buildSettingsTable } from '../tools/settings-table.ts';

const root = path.resolve(import.meta.dirname, '../..');
const readme = readFileSync(path.join(root, 'README.md'), 'utf8');

/** Prettier pads the columns of a table; what counts are its cells. */
function cellsOf(table: string): readonly (readonly string[])[] {
  return table
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\|[\s|:-]+\|$/.test(line))
    .map((line) => line.split('|').map((cell) => cell.trim()));
}

describe('the README', () => {
  test('lists every setting the app reads, with its default', () => {
    const written = cellsOf(readme);
    for (const row of cellsOf(buildSettingsTable())) expect(written).toContainEqual(row);
  });

  test('names no file of this repository that does not exist', () => {
    const links = [...readme.matchAll(/\]\((?!https?:|#)([^)]+)\)/g)].map(([, link]) => link ?? '');
    expect(links.length).toBeGreaterThan(2);
    for (const link of links) expect(existsSync(path.join(root, link)), link).toBe(true);
  });

  test('names no npm script that does not exist', () => {
    const manifest = readFileSync(path.join(root, 'package.json'), 'utf8');
    const { scripts } = z
      .object({ scripts: z.record(z.string(), z.string()) })
      .parse(JSON.parse(manifest));
    const named = [...readme.matchAll(/npm run ([a-z:]+)/g)].map(([, name]) => name ?? '');
    expect(named.length).toBeGreaterThan(3);
    for (const name of named) expect(scripts).toHaveProperty(name);
  });
});
