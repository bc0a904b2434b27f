import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { describeCode, errorCodes } from '../../shared/model/error-codes.ts';
import { buildErrorCodesTable } from '../tools/error-codes-table.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** Prettier pads the columns of a table; what counts are its cells. */
function cellsOf(table: string): readonly (readonly string[])[] {
  return table
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\|[\s|:-]+\|$/.test(line))
    .map((line) => line.split('|').map((cell) => cell.trim()));
}

/** Where a code stands as a literal in our own source, as far as its form tells. */
const literals: readonly RegExp[] = [
  /\b(?:code|tag)(?:: | === )'([A-Za-z_]+)'/g,
  /\b(?:refused|WrongPlaceError)\((?:message, )?'([A-Za-z_]+)'/g,
  /^ +\['([A-Za-z]+)', '[a-z]/gm,
  /\[\s*'([a-z]+[A-Z][A-Za-z]+)',\s*'[a-z ]{12}/g,
  // Dropbox's own words.
  /'([a-z]+(?:_[a-z]+)+)'/g,
];
/** A code that is chosen, with all that it may be. */
const choice = /\bconst code =[^;]*;/g;

function codesIn(source: string): readonly string[] {
  const chosen = [...source.matchAll(choice)].flatMap(([text]) => [...text.matchAll(/'(\w+)'/g)]);
  const found = literals.flatMap((pattern) => [...source.matchAll(pattern)]);
  return [...chosen, ...found].map(([, code]) => code ?? '');
}

describe('the catalogue of codes', () => {
  test('has every code that the source writes', () => {
    const files = globSync('shared/{mapping,plan,cycle,apply,outbox}/**/*.ts', { cwd: root });
    const written = new Map<string, string>();
    for (const file of files) {
      for (const code of codesIn(readFileSync(path.join(root, file), 'utf8'))) {
        written.set(code, file);
      }
    }
    expect(written.size).toBeGreaterThan(40);
    for (const code of ['hardDeleted', 'otherTeam', 'scopeMissing', 'nameRefused', 'staged']) {
      expect([...written.keys()]).toContain(code);
    }
    expect([...written].filter(([code]) => !errorCodes.has(code))).toEqual([]);
  });

  test('says of each in whole sentences what it means and what to do', () => {
    for (const [code, { meaning, advice }] of errorCodes) {
      expect(meaning, code).toMatch(/^[A-Z].{10,160}\.$/);
      expect(advice, code).toMatch(/^[A-Z].{5,200}\.$/);
      expect(advice.split(/\.(?: |$)/).length, code).toBeLessThanOrEqual(4);
    }
  });

  test('knows a tag within a tag by the outer one, and says nothing of one that it does not know', () => {
    expect(describeCode('group_name_invalid/whatever')).toContain('group name');
    expect(describeCode('constructor')).toBeUndefined();
    expect(describeCode('brand_new')).toBeUndefined();
  });
});

test('docs/error-codes.md has each code with its meaning and advice, and no other', () => {
  const document = readFileSync(path.join(root, 'docs/error-codes.md'), 'utf8');
  expect(cellsOf(document)).toEqual(cellsOf(buildErrorCodesTable()));
});
