import { readFileSync } from 'node:fs';
import path from 'node:path';

import { expect, test } from 'vitest';

import { parseIgnoreRules } from './ignore-rules.ts';

test('a pattern without a slash holds at every depth, one with a slash at the root', () => {
  const isIgnored = parseIgnoreRules('# comment\n\n*.ts\n/only-root\ninfra/*.json\n');
  for (const file of ['a.ts', 'deep/er/a.d.ts', 'only-root', 'infra/main.json']) {
    expect(isIgnored(file), file).toBe(true);
  }
  for (const file of ['a.tsx', 'a.ts.js', 'deep/only-root', 'deep/infra/main.json', 'comment']) {
    expect(isIgnored(file), file).toBe(false);
  }
});

test('a folder takes all it holds with it, and a file of that name stays', () => {
  const isIgnored = parseIgnoreRules('test/\n**/cache/**\n!test/kept.js');
  expect(isIgnored('test/deep/a.js')).toBe(true);
  expect(isIgnored('dist/test/a.js')).toBe(true);
  expect(isIgnored('test/kept.js')).toBe(true);
  expect(isIgnored('a/cache/b/c')).toBe(true);
  expect(isIgnored('test')).toBe(false);
});

test('a later rule takes back an earlier one', () => {
  const isIgnored = parseIgnoreRules('*.json\n!host.json');
  expect([isIgnored('host.json'), isIgnored('other.json')]).toEqual([false, true]);
});

test("this project's rules leave in what the host needs and keep out what it does not", () => {
  const root = path.resolve(import.meta.dirname, '../..');
  const isIgnored = parseIgnoreRules(readFileSync(path.join(root, '.funcignore'), 'utf8'));
  for (const file of [
    'host.json',
    'package.json',
    'provisioning.json',
    'dist/functions/main.js',
    'dist/shared/plan/plan.js',
    'node_modules/zod/package.json',
    'node_modules/zod/index.js',
  ]) {
    expect(isIgnored(file), file).toBe(false);
  }
  for (const file of [
    'local.settings.json',
    'local.settings.example.json',
    'functions/main.ts',
    'test/tools/package.ts',
    'infra/main.bicep',
    'docs/decisions/0001.md',
    '.git/config',
    '.sandbox/log',
    '.npmrc',
    'tsconfig.build.json',
    'node_modules/zod/index.d.ts',
    'node_modules/zod/README.md',
  ]) {
    expect(isIgnored(file), file).toBe(true);
  }
});
