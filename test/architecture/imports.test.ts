import { globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { cruiseImports } from './cruise.ts';
import { ruledFolders } from './import-rules.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

function sourceFiles(): readonly string[] {
  const found = globSync('{shared,functions}/**/*.ts', { cwd: root });
  return found.map((file) => file.split(path.sep).join('/')).toSorted();
}

test('every import goes in the direction of the design', async () => {
  const { modules, violations } = await cruiseImports(root);
  expect(violations).toEqual([]);
  // Without a parser for TypeScript the tool sees nothing and finds nothing wrong: it must have seen every file, and what they import.
  expect([...modules.keys()].toSorted()).toEqual(sourceFiles());
  expect(modules.get('functions/main.ts')).toBeGreaterThanOrEqual(8);
  const imports = [...modules.values()].reduce((sum, count) => sum + count, 0);
  expect(imports).toBeGreaterThan(3 * modules.size);
});

test('every folder of the app has a rule', () => {
  const folders = sourceFiles().map((file) => file.split('/').slice(0, -1).join('/'));
  expect([...new Set(folders)].toSorted()).toEqual(ruledFolders.toSorted());
});

/** Files that break one rule each, and how the breach is told. */
const breaches: readonly (readonly [file: string, text: string, told: string])[] = [
  [
    'shared/plan/upwards.ts',
    `import { one } from '../cycle/one.ts';\nexport const two = one;`,
    'shared/plan imports only what is below it: shared/plan/upwards.ts → shared/cycle/one.ts',
  ],
  [
    'shared/dropbox/sideways.ts',
    `import type { One } from '../entra/one.ts';\nexport type Two = One;`,
    'shared/dropbox imports only what is below it: shared/dropbox/sideways.ts → shared/entra/one.ts',
  ],
  [
    'shared/model/worldly.ts',
    `import { readFileSync } from 'node:fs';\nexport const read = readFileSync;`,
    'model knows nothing of the world but zod: shared/model/worldly.ts → fs',
  ],
  [
    'shared/cycle/tested.ts',
    `import { one } from '../../test/one.ts';\nexport const two = one;`,
    'shared/cycle imports only what is below it: shared/cycle/tested.ts → test/one.ts',
  ],
  [
    'shared/apply/hosted.ts',
    `import { app } from '@azure/functions';\nexport const two = app;`,
    'only functions know the programming model: shared/apply/hosted.ts → node_modules/@azure/functions/index.js',
  ],
  [
    'functions/stored.queue.ts',
    `import type { TableClient } from '@azure/data-tables';\nexport type Two = TableClient;`,
    'only storage and dependencies know the Azure SDKs: functions/stored.queue.ts → node_modules/@azure/data-tables/index.js',
  ],
  [
    'shared/rows/lazy.ts',
    `export const two = (): Promise<unknown> => import('../outbox/one.ts');`,
    'shared/rows imports only what is below it: shared/rows/lazy.ts → shared/outbox/one.ts',
  ],
];

test('a breach of any rule is found and told', async () => {
  const planted = mkdtempSync(path.join(tmpdir(), 'architecture-'));
  const write = (file: string, text: string): void => {
    mkdirSync(path.dirname(path.join(planted, file)), { recursive: true });
    writeFileSync(path.join(planted, file), text);
  };
  const fine = ['shared/cycle', 'shared/entra', 'shared/outbox', 'test'];
  try {
    for (const folder of fine) {
      write(`${folder}/one.ts`, 'export const one = 1;\nexport type One = number;');
    }
    for (const name of ['functions', 'data-tables']) {
      const manifest = { name: `@azure/${name}`, main: 'index.js' };
      write(`node_modules/@azure/${name}/package.json`, JSON.stringify(manifest));
      write(`node_modules/@azure/${name}/index.js`, '');
    }
    write('shared/http/there.ts', `export { two } from './back.ts';\nexport const one = 1;`);
    write('shared/http/back.ts', `export { one as two } from './there.ts';`);
    for (const [file, text] of breaches) write(file, text);
    const { violations } = await cruiseImports(planted);
    expect(violations).toEqual(
      [
        ...breaches.map(([, , told]) => told),
        'no cycles: shared/http/back.ts → shared/http/there.ts',
      ].toSorted(),
    );
  } finally {
    rmSync(planted, { recursive: true });
  }
});
