import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import { entraSpecials } from './entra-emulator.ts';
import { entraSettingsSchema } from './entra-settings.ts';

const text = readFileSync(new URL('README.md', import.meta.url), 'utf8');
const rows = new Map(
  text
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')))
    .map(([, name = '', ...cells]) => [name, cells] as const),
);

test.each(Object.entries(entraSettingsSchema.parse({})))(
  'the README says what %s stands for, and its default',
  (name, value) => {
    const [shown, meaning = ''] = rows.get(name) ?? [];
    expect(shown).toBe(JSON.stringify(value));
    expect(meaning).not.toBe('');
  },
);

test.each(entraSpecials)('the README says what the special fault %s does', (name) => {
  expect(rows.get(name)?.[0]).not.toBe('');
  expect(rows.has(name)).toBe(true);
});
