import { spawnSync } from 'node:child_process';
import { existsSync, globSync, statSync } from 'node:fs';
import path from 'node:path';

/** Whether the built entry is missing or older than a source. `entry` is relative to the root. */
export function isBuildStale(appRoot: string, entry: string): boolean {
  const built = path.join(appRoot, entry);
  if (!existsSync(built)) return true;
  const builtAt = statSync(built).mtimeMs;
  const sources = globSync(
    ['functions/**/*.ts', 'shared/**/*.ts', 'tsconfig.json', 'tsconfig.build.json'],
    { cwd: appRoot },
  );
  return sources.some((file) => statSync(path.join(appRoot, file)).mtimeMs > builtAt);
}

/** Runs `tsc --project tsconfig.build.json` as a process of its own, so that its memory is not ours; its errors go to standard error. */
export function buildApp(appRoot: string): void {
  const compiler = path.join(appRoot, 'node_modules', '.bin', 'tsc');
  const run = spawnSync(compiler, ['--project', 'tsconfig.build.json'], {
    cwd: appRoot,
    stdio: ['ignore', 2, 2],
  });
  if (run.error !== undefined) throw new Error(`cannot build: ${run.error.message}`);
  if (run.status !== 0) throw new Error('cannot build: see the errors of tsc above');
}
