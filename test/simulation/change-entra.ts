import type { MemoryEntra, MemoryGroup, MemoryUser } from '../memory/memory-entra.ts';
import {
  addressOf,
  adoptable,
  assignedGroups,
  firstGroup,
  firstUser,
  foreign,
  groupIdOf,
  hasRoom,
} from './directory.ts';

export interface ChangeEntraOptions {
  readonly entra: MemoryEntra;
  readonly random: () => number;
  readonly now: () => number;
  /** Whether somebody may be deleted in this walk, or restored now. */
  readonly mayDelete: boolean;
  readonly mayNest: boolean;
  readonly mayRestore: (userId: string) => boolean;
}

/** What somebody in an office does to the tenant. */
export interface EntraChanges {
  /** Changes something; returns what, a word and what it is about. */
  change(): string;
  /** Does what was left half done before and is due by now: the second half of a move. */
  finishMoves(): readonly string[];
  /** Does all of what was left half done. */
  finishAllMoves(): readonly string[];
}

interface Move {
  readonly at: number;
  readonly finish: () => string;
}

const mostGroups = 5;
/** Between the two halves of a move lie minutes. */
const longestMoveMs = 4 * 60_000;

/** Weights and what they choose; what cannot be done is `nothing`. */
type Choice = readonly [number, () => string];

export function createEntraChanges(options: ChangeEntraOptions): EntraChanges {
  const { entra, random, now } = options;
  const below = (bound: number): number => Math.floor(random() * bound);
  const pick = <T>(all: readonly T[]): T | undefined => all[below(all.length)];
  let moves: readonly Move[] = [];

  function choose(choices: readonly Choice[]): string {
    const whole = choices.reduce((sum, [weight]) => sum + weight, 0);
    let draw = random() * whole;
    for (const [weight, act] of choices) {
      draw -= weight;
      if (draw < 0) return act();
    }
    return 'nothing';
  }

  function changeUser(): string {
    const user = pick(entra.users());
    if (user === undefined || user.state === 'hard') return 'nothing';
    return user.state === 'soft' ? changeDeleted(user) : changePresent(user);
  }

  function changeDeleted(user: MemoryUser): string {
    if (random() < 0.25) return set(user, 'purge', { state: 'hard' });
    return options.mayRestore(user.id) ? set(user, 'restore', { state: 'present' }) : 'nothing';
  }

  function changePresent(user: MemoryUser): string {
    const index = indexOf(user);
    const givenName = user.givenName === 'Ada' ? 'Bela' : 'Ada';
    const mayMoveAddress = index !== foreign && index !== adoptable;
    return choose([
      [30, () => set(user, 'rename', { givenName })],
      [mayMoveAddress ? 15 : 0, () => set(user, 'newAddress', { mail: otherAddress(user) })],
      [4, () => set(user, 'noAddress', { mail: null })],
      [22, () => set(user, 'block', { accountEnabled: !user.accountEnabled })],
      [options.mayDelete ? 14 : 0, () => set(user, 'delete', { state: 'soft' })],
    ]);
  }

  function set(user: MemoryUser, word: string, changes: Partial<MemoryUser>): string {
    entra.changeUser(user.id, changes);
    return `${word} ${user.id} ${JSON.stringify(changes)}`;
  }

  /** Somebody new, assigned directly or by a group; at times with the address of somebody who is gone. */
  function hire(): string {
    if (!hasRoom(entra)) return 'nothing';
    const index = entra.users().length;
    const leaver = random() < 0.4 ? pick(entra.users().filter(isGone)) : undefined;
    const user = firstUser(index);
    entra.addUser({ ...user, accountEnabled: true, mail: leaver?.mail ?? user.mail });
    const group = random() < 0.6 ? pick(assignedGroups(entra)) : undefined;
    if (group === undefined) entra.setAssigned(user.id, true);
    else entra.setMember(group.id, user.id, true);
    return `${leaver === undefined ? 'hire' : 'rehire'} ${user.id}`;
  }

  function changeMembership(): string {
    const group = pick(liveGroups());
    const user = pick(entra.users().filter(({ state }) => state !== 'hard'));
    if (group === undefined || user === undefined) return 'nothing';
    const isMember = group.memberIds.has(user.id);
    entra.setMember(group.id, user.id, !isMember);
    return `${isMember ? 'leave' : 'join'} ${group.id} ${user.id}`;
  }

  /** From one group into another: out of the old one first, or into the new one first, and minutes between the two. */
  function moveSomebody(): string {
    const from = pick(assignedGroups(entra).filter(({ memberIds }) => memberIds.size > 0));
    const to = pick(assignedGroups(entra).filter(({ id }) => id !== from?.id));
    const userId = pick([...(from?.memberIds ?? [])]);
    if (from === undefined || to === undefined || userId === undefined) return 'nothing';
    const leave = (): void => entra.setMember(from.id, userId, false);
    const join = (): void => entra.setMember(to.id, userId, true);
    const [first, second] = random() < 0.6 ? [leave, join] : [join, leave];
    first();
    const complete = (): string => {
      second();
      return `moved ${userId} from ${from.id} to ${to.id}`;
    };
    moves = [...moves, { at: now() + below(longestMoveMs), finish: complete }];
    return `move ${userId} from ${from.id} to ${to.id}`;
  }

  function liveGroups(): readonly MemoryGroup[] {
    return entra.groups().filter(({ isDeleted }) => !isDeleted);
  }

  function renameGroup(): string {
    const group = pick(liveGroups());
    if (group === undefined) return 'nothing';
    const index = entra.groups().findIndex(({ id }) => id === group.id);
    const isFirst = group.displayName === `Team ${index}`;
    entra.renameGroup(group.id, isFirst ? `Crew ${index}` : `Team ${index}`);
    return `renameGroup ${group.id}`;
  }

  function deleteGroup(): string {
    const group = pick(liveGroups());
    if (group === undefined || liveGroups().length < 2) return 'nothing';
    entra.deleteGroup(group.id);
    return `deleteGroup ${group.id}`;
  }

  function createGroup(): string {
    const index = entra.groups().length;
    if (index >= mostGroups) return 'nothing';
    const people = entra.users().filter(({ state }) => state === 'present');
    const memberIds = new Set(people.filter(() => random() < 0.3).map(({ id }) => id));
    entra.addGroup(firstGroup(index, memberIds));
    entra.setAssigned(groupIdOf(index), true);
    return `createGroup ${groupIdOf(index)}`;
  }

  /** A group into an assigned one, or out of it again: nobody comes into scope by that. */
  function nest(): string {
    const group = pick(liveGroups());
    const child = pick(liveGroups().filter(({ id }) => id !== group?.id));
    if (group === undefined || child === undefined) return 'nothing';
    const isNested = group.nestedIds?.has(child.id) === true;
    entra.setNested(group.id, child.id, !isNested);
    return `${isNested ? 'unnest' : 'nest'} ${child.id} in ${group.id}`;
  }

  function changeAssignment(): string {
    const id = random() < 0.7 ? pick(entra.users())?.id : pick(liveGroups())?.id;
    if (id === undefined) return 'nothing';
    const isAssigned = entra.assigned().has(id);
    entra.setAssigned(id, !isAssigned);
    return `${isAssigned ? 'unassign' : 'assign'} ${id}`;
  }

  function finish(due: readonly Move[]): readonly string[] {
    moves = moves.filter((one) => !due.includes(one));
    return due.map((one) => one.finish());
  }

  return {
    change: () =>
      choose([
        [42, changeUser],
        [4, hire],
        [18, changeMembership],
        [9, moveSomebody],
        [5, renameGroup],
        [1.5, deleteGroup],
        [1.5, createGroup],
        [options.mayNest ? 4 : 0, nest],
        [15, changeAssignment],
      ]),
    finishMoves: () => finish(moves.filter(({ at }) => at <= now())),
    finishAllMoves: () => finish(moves),
  };

  function indexOf({ id }: MemoryUser): number {
    return entra.users().findIndex((user) => user.id === id);
  }

  function otherAddress(user: MemoryUser): string {
    const index = indexOf(user);
    return addressOf(index, user.mail === addressOf(index, 1) ? 0 : 1);
  }
}

function isGone({ state, mail }: MemoryUser): boolean {
  return state !== 'present' && mail !== null;
}
