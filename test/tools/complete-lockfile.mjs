// A registry mirror may lack binaries for other platforms than its own. npm then leaves them out of the lockfile, and `npm ci` refuses the
// lockfile as incomplete. Run after `npm install`: adds each missing optional platform package with the exact version its parent names.
// Such an entry has no integrity hash, because it was never fetched; it is installed only on the platform it is for.
import { readFileSync, writeFileSync } from 'node:fs';

const path = new URL('../../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(path, 'utf8'));
const systems = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32', 'wasm32'];
const processors = ['arm64', 'arm', 'armv7', 'ia32', 'ppc64', 'riscv64', 's390x', 'x64', 'loong64'];
let added = 0;
for (const [place, entry] of Object.entries(lock.packages)) {
  if (place === '') continue;
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const home = `node_modules/${name}`;
    const isThere = lock.packages[home] ?? lock.packages[`${place}/${home}`];
    if (isThere) continue;
    const words = name.split(/[-/]/);
    const os = systems.filter((system) => words.includes(system));
    const cpu = processors.filter((processor) => words.includes(processor));
    if (os.length === 0) continue;
    const isMusl = words.some((word) => word.startsWith('musl'));
    const isGnu = words.some((word) => word.startsWith('gnu'));
    const libc = isMusl ? ['musl'] : isGnu ? ['glibc'] : undefined;
    lock.packages[home] = {
      version: version.replace(/^[~^]/, ''),
      cpu: cpu.length > 0 ? cpu : undefined,
      ...(entry.dev ? { dev: true } : {}),
      ...(libc ? { libc } : {}),
      optional: true,
      os,
    };
    added += 1;
  }
}
lock.packages = Object.fromEntries(
  Object.entries(lock.packages).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
);
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`Added ${added} platform packages to the lockfile.`);
