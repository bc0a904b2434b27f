import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

interface Rule {
  readonly what: string;
  readonly pattern: RegExp;
  /** A line that breaks the rule. */
  readonly example: string;
}

const worldly: readonly Rule[] = [
  {
    what: 'the time',
    pattern: /\bDate\.now\b|\bnew Date\(\)|\bperformance\./,
    example: 'new Date()',
  },
  {
    what: 'chance',
    pattern: /\bMath\.random\b|\brandomUUID\b|\brandomBytes\b|\bgetRandomValues\b/,
    example: 'const id = randomUUID();',
  },
  {
    what: 'timers',
    pattern: /\bset(Timeout|Interval|Immediate)\b|node:timers/,
    example: "import { setTimeout } from 'node:timers/promises';",
  },
  { what: 'fetch', pattern: /\bfetch\(|\bglobalThis\.fetch\b/, example: 'await fetch(url)' },
];
const environment: Rule = {
  what: 'the environment',
  pattern: /\bprocess\.(env|argv|cwd)\b/,
  example: 'process.env.NAME',
};
const surroundings: readonly Rule[] = [
  ...worldly,
  environment,
  { what: 'the console', pattern: /\bconsole\./, example: 'console.log(1)' },
  {
    what: 'files and sockets',
    pattern: /from 'node:(fs|net|http|https|child_process|os)/,
    example: "import { readFileSync } from 'node:fs';",
  },
  { what: 'waiting', pattern: /\basync\b|\bawait\b|\bPromise</, example: 'async function f() {}' },
];

/** `file:line what` for each line of code that breaks a rule; comments do not count. */
function breaches(files: readonly string[], rules: readonly Rule[]): readonly string[] {
  return files.flatMap((file) => {
    const lines = readFileSync(path.join(root, file), 'utf8').split('\n');
    return lines.flatMap((line, index) =>
      findBreaches(line, rules).map((what) => `${file}:${index + 1} ${what}`),
    );
  });
}

function findBreaches(line: string, rules: readonly Rule[]): readonly string[] {
  const code = line.replace(/\/\/.*$|^\s*\*.*$|\/\*.*\*\//, '');
  return rules.filter(({ pattern }) => pattern.test(code)).map(({ what }) => what);
}

function filesOf(pattern: string, except: RegExp = /^$/): readonly string[] {
  return globSync(pattern, { cwd: root }).filter((file) => !except.test(file));
}

describe('the pure core takes values and returns values', () => {
  for (const folder of ['mapping', 'plan', 'config']) {
    test(folder, () => {
      const files = filesOf(`shared/${folder}/*.ts`);
      expect(files.length).toBeGreaterThan(1);
      expect(breaches(files, surroundings)).toEqual([]);
    });
  }

  test('model, but for the ports it names and the reading of pages through one', () => {
    const files = filesOf('shared/model/*.ts', /(ports|table-pages)\.ts$/);
    expect(files.length).toBeGreaterThan(10);
    expect(breaches(files, surroundings)).toEqual([]);
  });
});

test('time, chance and timers come through ports everywhere else too', () => {
  const files = filesOf(
    '{shared,functions}/**/*.ts',
    /functions\/dependencies\.ts|shared\/http\/fetch-send\.ts/,
  );
  expect(files.length).toBeGreaterThan(80);
  expect(breaches(files, worldly)).toEqual([]);
});

test('main.ts alone reads the environment, and the command line, which is a process of its own', () => {
  const files = filesOf('{shared,functions}/**/*.ts', /functions\/(main|staged\.cli)\.ts$/);
  expect(breaches(files, [environment])).toEqual([]);
  expect(breaches(['functions/main.ts'], [environment])).toHaveLength(1);
  expect(breaches(['functions/staged.cli.ts'], [environment])).toHaveLength(2);
});

test('each rule finds what it forbids, and lets a comment pass', () => {
  for (const rule of surroundings) {
    expect(findBreaches(rule.example, [rule])).toEqual([rule.what]);
    expect(findBreaches(` // ${rule.example}`, [rule])).toEqual([]);
    expect(findBreaches(` * ${rule.example}`, [rule])).toEqual([]);
  }
});
