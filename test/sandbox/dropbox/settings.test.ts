import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

import { settingsSchema } from './settings.ts';

test('the README lists every setting with its default', async () => {
  const readme = await readFile(new URL('README.md', import.meta.url), 'utf8');
  const rows = Array.from(readme.matchAll(/^\| `(\w+)`\s*\| (`[^`]*`|all)\s*\|/gm));
  const listed = rows.map(([, name, value]) => [name, value]);
  const defaults = Object.entries(settingsSchema.parse({})).map(([name, value]) => [
    name,
    name === 'scopes' || name === 'appScopes' ? 'all' : `\`${JSON.stringify(value)}\``,
  ]);
  expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(defaults));
});
