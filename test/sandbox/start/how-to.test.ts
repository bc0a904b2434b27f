import { expect, test } from 'vitest';
import { z } from 'zod';
import { changesSchema as teamChanges } from '../dropbox/team-document.ts';
import { changesSchema as tenantChanges } from '../entra/directory-schema.ts';
import { generateWorld } from '../directory/generate-world.ts';
import { expectTeam } from '../oracle/expect-team.ts';
import { describeHowTo } from './how-to.ts';

const addresses = {
  app: 'http://app',
  entra: 'http://entra',
  dropbox: 'http://dropbox',
  storage: 's',
  connectionString: 'c',
};

/** What the shell would send, by the address it goes to. */
function readCommands(text: string): readonly { readonly to: string; readonly body: unknown }[] {
  return [...text.matchAll(/curl -sX POST (\S+)\/_control\/changes .* -d '(.*)'$/gm)].map(
    ([, to = '', body = '']) => ({ to, body: z.json().parse(JSON.parse(body)) }),
  );
}

test('every line to paste is one that the emulators take', () => {
  const world = generateWorld({ users: 60, groups: 6, seed: 2 });
  const commands = readCommands(describeHowTo(addresses, world.directory, expectTeam(world)));
  expect(commands).toHaveLength(5);
  for (const { to, body } of commands) {
    const schema = to === addresses.entra ? tenantChanges : teamChanges;
    expect(schema.safeParse(body).error).toBeUndefined();
  }
});

test('an empty tenant still has a newcomer to add', () => {
  const world = generateWorld({ users: 0, groups: 0, seed: 2 });
  const text = describeHowTo(addresses, world.directory, expectTeam(world));
  expect(readCommands(text)).toHaveLength(2);
});
