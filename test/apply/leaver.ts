import type { HeldEffect } from '../../shared/model/row-parts.ts';
import type { UserDesired } from '../../shared/model/user-row.ts';
import { dispatch } from '../../shared/outbox/dispatch.ts';
import { ranks, userEntryId } from '../../shared/outbox/entry.ts';
import { schedule } from '../../shared/outbox/schedule.ts';
import { partitionOf, userFactsAction, usersTable } from '../../shared/rows/users.ts';
import { userRow } from '../world/look.ts';
import { passMinutes, work } from '../world/run.ts';
import { world, type World, type WorldOptions } from '../world/world.ts';

/** The member id that the first person invited gets. */
export const adaId = 'dbmid:1';

/** Ada has been invited and is in the group Design; an admin is on the team who has nothing to do with any of it. */
export async function invited(options: WorldOptions = {}): Promise<World> {
  const here = world().member('admin').user('ada').group('design', ['ada']).build(options);
  await passMinutes(here, 2);
  return here;
}

/** The same, and Ada has accepted the invitation. */
export async function accepted(options: WorldOptions = {}): Promise<World> {
  const here = await invited(options);
  here.team.accept(adaId);
  return here;
}

/** Writes what is desired of Ada as judgement would, and lets nobody work on it yet. */
export async function desire(here: World, changes: Partial<UserDesired>): Promise<void> {
  here.clock.jump(1);
  const row = await userRow(here, 'ada');
  const generation = row.desired.generation + 1;
  const action = userFactsAction(row, row.source, { ...row.desired, ...changes, generation });
  await here.tables.write(usersTable, partitionOf('ada'), [action]);
  const entry = { id: userEntryId('ada'), rank: ranks.takenAway, due: here.clock.now() };
  await schedule(here.tables, [{ ...entry, verify: false }]);
}

/** What is desired of somebody who loses so much, of which so much was released. */
export function taking(takes: HeldEffect, releasedTakes: HeldEffect): Partial<UserDesired> {
  const takesBecause = { code: 'blocked', detail: 'sign-in is blocked in Entra' };
  const presence = 'absent';
  return { presence, takes, takesBecause, takesKind: 'said', takesSince: 1, releasedTakes };
}

export const takingNothing: Partial<UserDesired> = {
  presence: 'member',
  takes: 'none',
  takesBecause: null,
  takesKind: null,
  takesSince: 0,
  releasedTakes: 'none',
};

/** So much has been released of what is taken from Ada, and the worker has been rung for it. */
export async function release(
  here: World,
  takes: HeldEffect,
  released: HeldEffect = takes,
): Promise<void> {
  await desire(here, taking(takes, released));
  await settle(here);
}

/** Ada is wanted again. */
export async function wantBack(here: World, changes: Partial<UserDesired> = {}): Promise<void> {
  await desire(here, { ...takingNothing, ...changes });
  await settle(here);
}

/** Works off what is due, without a cycle. */
export async function settle(here: World): Promise<void> {
  await dispatch(here.deps);
  await work(here);
}

/** Lets time pass, a few seconds at a time, without a cycle. */
export async function passSeconds(here: World, seconds: number): Promise<void> {
  for (let passed = 0; passed < seconds; passed += 5) {
    here.clock.jump(5_000);
    await settle(here);
  }
}

/** The writes about members that reached Dropbox, in order. */
export function memberWrites({ team }: World): readonly string[] {
  const names = new Set([
    'suspendMember',
    'unsuspendMember',
    'removeMember',
    'recoverMember',
    'updateMember',
  ]);
  return team.writes.flatMap(({ kind }) => (names.has(kind) ? [kind] : []));
}

/** Everything that the provisioning log says about Ada since she was invited. */
export function logOfAda(lines: readonly string[]): readonly string[] {
  return lines.filter((line) => line.startsWith('u:ada ') && !line.includes('inviteMember'));
}
