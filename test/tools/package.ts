import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { z } from 'zod';

import { parseIgnoreRules, type IsIgnored } from './ignore-rules.ts';

interface Share {
  readonly files: number;
  readonly bytes: number;
}

/**
 * Assembles what is deployed in `.package/`: the app built anew, what `.funcignore` lets through of the root, and production dependencies as
 * the lockfile says. Dependencies come from npm's cache where it has them; their scripts do not run.
 */
function assemblePackage(root: string): void {
  const target = path.join(root, '.package');
  const isIgnored = parseIgnoreRules(readFileSync(path.join(root, '.funcignore'), 'utf8'));
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target);
  const built = path.join(target, 'dist');
  run(
    path.join(root, 'node_modules/.bin/tsc'),
    ['-p', 'tsconfig.build.json', '--outDir', built],
    root,
  );
  copyRoot(root, target, isIgnored);
  installDependencies(root, target);
  removeIgnored(target, '', isIgnored);
  if (!existsSync(path.join(built, 'functions/main.js'))) {
    throw new Error('cannot package: the build has no functions/main.js');
  }
}

/** `node_modules` and `dist` are made anew. */
function copyRoot(root: string, target: string, isIgnored: IsIgnored): void {
  const made = ['node_modules/', 'dist/'];
  const copy = (folder: string): void => {
    for (const name of listFolder(path.join(root, folder))) {
      const file = `${folder}${name}`;
      if (isIgnored(file) || made.includes(file)) continue;
      if (file.endsWith('/')) copy(file);
      else {
        mkdirSync(path.join(target, folder), { recursive: true });
        copyFileSync(path.join(root, file), path.join(target, file));
      }
    }
  };
  copy('');
}

/** Names in a folder, those of folders with a slash at the end. Links are left out: nothing of ours is one. */
function listFolder(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) return [`${entry.name}/`];
    return entry.isFile() ? [entry.name] : [];
  });
}

const manifestSchema = z.looseObject({ devDependencies: z.unknown() });
const lockSchema = z.looseObject({
  packages: z.record(z.string(), z.looseObject({ dev: z.boolean().optional() })),
});

/** Tools are taken out of manifest and lockfile before, so that nothing of theirs is looked up, downloaded or deployed. */
function installDependencies(root: string, target: string): void {
  const read = (name: string): unknown => JSON.parse(readFileSync(path.join(root, name), 'utf8'));
  const write = (name: string, value: unknown): void => {
    writeFileSync(path.join(target, name), `${JSON.stringify(value, null, 2)}\n`);
  };
  write('package.json', withoutTools(read('package.json')));
  const lock = lockSchema.parse(read('package-lock.json'));
  const kept = Object.entries(lock.packages)
    .filter(([, entry]) => entry.dev !== true)
    .map(([name, entry]) => [name, name === '' ? withoutTools(entry) : entry] as const);
  write('package-lock.json', { ...lock, packages: Object.fromEntries(kept) });
  const npm = process.env['npm_execpath'];
  const args = [
    'ci',
    '--omit=dev',
    '--ignore-scripts',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
  ];
  if (npm === undefined) run('npm', args, target);
  else run(process.execPath, [npm, ...args], target);
  // Links to command-line tools; a function app starts none.
  rmSync(path.join(target, 'node_modules/.bin'), { recursive: true, force: true });
}

function withoutTools(manifest: unknown): object {
  const { devDependencies: _tools, ...rest } = manifestSchema.parse(manifest);
  return rest;
}

function removeIgnored(target: string, folder: string, isIgnored: IsIgnored): void {
  for (const name of listFolder(path.join(target, folder))) {
    const file = `${folder}${name}`;
    if (isIgnored(file)) rmSync(path.join(target, file), { recursive: true });
    else if (file.endsWith('/')) removeIgnored(target, file, isIgnored);
  }
}

function run(command: string, args: readonly string[], cwd: string): void {
  const result = spawnSync(command, args, { cwd, stdio: ['ignore', 2, 2] });
  if (result.error !== undefined) throw result.error;
  if (result.status !== 0) throw new Error(`cannot package: ${path.basename(command)} failed`);
}

function measure(file: string): Share {
  if (!statSync(file).isDirectory()) return { files: 1, bytes: statSync(file).size };
  return listFolder(file)
    .map((name) => measure(path.join(file, name)))
    .reduce(add, { files: 0, bytes: 0 });
}

function add(left: Share, right: Share): Share {
  return { files: left.files + right.files, bytes: left.bytes + right.bytes };
}

function printContent(target: string): void {
  const shares = listFolder(target).map((name) => ({ name, ...measure(path.join(target, name)) }));
  const total = { name: 'in all', ...shares.reduce(add, { files: 0, bytes: 0 }) };
  for (const { name, files, bytes } of [...shares, total]) {
    const size = (bytes / 1024).toFixed(1).padStart(10);
    console.log(`${name.padEnd(20)} ${String(files).padStart(6)} files ${size} KiB`);
  }
}

const root = fileURLToPath(new URL('../../', import.meta.url));
try {
  assemblePackage(root);
  printContent(path.join(root, '.package'));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
