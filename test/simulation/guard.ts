import { isDeepStrictEqual } from 'node:util';
import type { TeamMember } from '../../shared/model/target.ts';
import { loadBrake, loadOperator } from '../../shared/rows/job.ts';
import type { MemoryTables } from '../memory/memory-tables.ts';
import type { TeamGroupWithMembers } from '../memory/memory-team.ts';
import type { Process, Scheduler } from './scheduler.ts';
import type { World } from './world.ts';

/** Watches that nothing forbidden ever happens, at each step. The first breach is kept. */
export interface Guard {
  breach(): string | undefined;
  onTeamCall(name: string): void;
  onTeamEffect(name: string): void;
  onJobRead(rowKey: string): { read(): void; seen(): void };
  /** Dropbox has told a process of this instance to wait so long. */
  onThrottled(instance: number, untilMs: number): void;
  /** An instance starts anew: its memory of throttles is gone. */
  forget(instance: number): void;
  /** The brake or the operator's wish was written: what it says counts from now on. */
  onBrakeMoved(): Promise<void>;
}

/** A pause, a quarantine and a not-before of another instance reach everybody within so long. */
const lookMs = 2_000;

/** Between the answer to "are they in the team?" and the effect of an invitation lies no more than this. */
const jobSurpriseMs = 60_000;

interface Sight {
  readAt: number;
  seenAt: number;
}

export function createGuard(context: {
  readonly scheduler: Scheduler;
  readonly world: World;
  readonly tables: MemoryTables;
  readonly now: () => number;
}): Guard {
  const { scheduler, world, tables, now } = context;
  const throttledUntil = new Map<number, number>();
  const sights = new Map<Process, Map<string, Sight>>();
  let stop = { isStopped: false, notBefore: 0, since: 0 };
  let breach: string | undefined;
  let checkedWrites = 0;
  let members = new Map(world.team.members().map((member) => [member.memberId, member]));
  let groups = new Map(world.team.groups().map((group) => [group.groupId, group]));

  function report(text: string): void {
    breach ??= text;
  }

  function onTeamCall(name: string): void {
    const process = scheduler.current();
    const until = throttledUntil.get(process.instance) ?? 0;
    if (now() < until) {
      report(`${name} by ${process.kind} ${until - now()} ms sooner than Dropbox allowed`);
    }
    const isTick = process.kind === 'tick';
    const mustStop = (stop.isStopped && !isTick) || stop.notBefore > now();
    if (mustStop && now() > Math.max(stop.since, lastExcuse(process.instance)) + lookMs) {
      report(`${name} by ${process.kind} although the brake is on`);
    }
  }

  /** The last moment at which a look that was begun before the brake came on was answered. */
  function lastExcuse(instance: number): number {
    let last = 0;
    for (const [process, rows] of sights) {
      if (process.instance !== instance) continue;
      const seen = [...rows.values()];
      if (!seen.some(({ readAt }) => readAt <= stop.since)) continue;
      last = Math.max(last, ...seen.map(({ seenAt }) => seenAt));
    }
    return last;
  }

  function checkInvitations(): void {
    for (const write of world.team.writes.slice(checkedWrites)) {
      if (write.kind !== 'inviteMembers') continue;
      for (const member of write.present) {
        // A job that nobody has the id of may end between the question and the call: Dropbox sorts that out, and nobody else can.
        const arrivedAt = world.team.arrivedByJobAt(member.memberId) ?? -Infinity;
        if (now() - arrivedAt < jobSurpriseMs) continue;
        report(`an invitation of ${member.email}, who is in the team (${member.memberId})`);
      }
    }
    checkedWrites = world.team.writes.length;
  }

  function checkMembers(name: string): void {
    const next = new Map(world.team.members().map((member) => [member.memberId, member]));
    for (const [memberId, before] of members) {
      const after = next.get(memberId);
      if (after === undefined) report(`${name} removed ${memberId}`);
      else if (!isDeepStrictEqual(before, after)) checkMember(name, before, after);
    }
    members = next;
  }

  function checkMember(name: string, before: TeamMember, after: TeamMember): void {
    const isAccepted = before.status === 'invited' && after.status === 'active';
    if (before.status !== after.status && !isAccepted) {
      report(`${name} turned ${before.memberId} from ${before.status} into ${after.status}`);
    }
    if (before.externalId !== undefined && before.externalId !== after.externalId) {
      report(`${name} changed the external id of ${before.memberId}`);
    }
    const isOurs =
      world.isOurUser(before.externalId) ||
      (before.externalId === undefined && world.isOurAddress(before.email));
    if (!isOurs) report(`${name} touched ${before.memberId}, who is not ours`);
  }

  function checkGroups(name: string): void {
    const next = new Map(world.team.groups().map((group) => [group.groupId, group]));
    for (const [groupId, before] of groups) {
      const after = next.get(groupId);
      if (after === undefined) report(`${name} removed the group ${groupId}`);
      else if (after !== before) checkGroup(name, before, after);
    }
    groups = next;
  }

  function checkGroup(
    name: string,
    before: TeamGroupWithMembers,
    after: TeamGroupWithMembers,
  ): void {
    if (!world.isOurGroup(before.externalId)) {
      report(`${name} touched the group ${before.groupId}, which is not ours`);
    }
    const lost = [...before.memberIds].filter((id) => !after.memberIds.has(id));
    if (lost.length > 0) report(`${name} took ${lost.join()} out of ${before.groupId}`);
    const gained = [...after.memberIds].filter((id) => !before.memberIds.has(id));
    for (const id of gained) {
      const userId = members.get(id)?.externalId;
      if (!world.everEdges.has(`${after.externalId} ${userId}`)) {
        report(`${name} put ${id} into ${after.groupId}, where Entra never had them`);
      }
    }
  }

  return {
    breach: () => breach,
    onTeamCall,
    onTeamEffect(name) {
      checkInvitations();
      checkMembers(name);
      checkGroups(name);
    },
    onJobRead(rowKey) {
      const process = scheduler.current();
      const rows = sights.get(process) ?? new Map<string, Sight>();
      sights.set(process, rows);
      let readAt = 0;
      return {
        read: () => {
          readAt = now();
        },
        seen: () => {
          if (rowKey === 'operator' || rowKey === 'brake') {
            rows.set(rowKey, { readAt, seenAt: now() });
          }
        },
      };
    },
    onThrottled(instance, until) {
      throttledUntil.set(instance, Math.max(until, throttledUntil.get(instance) ?? 0));
    },
    forget(instance) {
      throttledUntil.delete(instance);
      for (const process of sights.keys()) {
        if (process.instance === instance) sights.delete(process);
      }
    },
    async onBrakeMoved() {
      const operator = (await loadOperator(tables))?.value;
      const brake = (await loadBrake(tables)).value;
      const isOn = operator === undefined || (operator.status === 'on' && !operator.paused);
      const isStopped = !isOn || brake.quarantine !== null;
      const { notBefore } = brake;
      if (isStopped === stop.isStopped && notBefore === stop.notBefore) return;
      stop = { isStopped, notBefore, since: now() };
    },
  };
}
