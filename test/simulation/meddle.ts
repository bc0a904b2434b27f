import { parseUserRow, partitionOf } from '../../shared/rows/users.ts';
import type { TeamMember } from '../../shared/model/target.ts';
import type { MemoryTables } from '../memory/memory-tables.ts';
import type { MemoryTeam, TeamGroupWithMembers } from '../memory/memory-team.ts';
import { isOurs, isOurTeamGroup, type Ledger } from './ledger.ts';

export interface MeddleOptions {
  readonly team: MemoryTeam;
  readonly tables: MemoryTables;
  readonly ledger: Ledger;
  readonly random: () => number;
  /** Who authorised us: nobody lays a hand on them. */
  readonly admin: string;
  /** What jobs of ours have done by now is looked at. */
  readonly look: () => void;
  /** What follows is done by hand, at once and without a job. */
  readonly atOnce: (act: () => Promise<void>) => Promise<void>;
}

/** What people do to the team by hand, behind our back. */
export interface Meddling {
  /** Somebody accepts an invitation. Returns a word and whom it is about. */
  accept(): Promise<string>;
  /** A Dropbox admin changes something; `nothing` where there is nothing to change. */
  meddle(): Promise<string>;
}

type Act = readonly [word: string, about: string, act: () => void];

export function createMeddling(options: MeddleOptions): Meddling {
  const { team, tables, ledger, random, admin } = options;
  const pick = <T>(all: readonly T[]): T | undefined => all[Math.floor(random() * all.length)];
  let joined = 0;

  async function byHand(act: () => void | Promise<void>): Promise<void> {
    options.look();
    await options.atOnce(async () => {
      await act();
    });
    ledger.noteHand();
  }

  function present(): readonly TeamMember[] {
    return team
      .members()
      .filter(({ memberId, status }) => memberId !== admin && status !== 'removed');
  }

  function ours(status?: TeamMember['status']): readonly TeamMember[] {
    const members = present().filter(isOurs);
    return status === undefined ? members : members.filter((member) => member.status === status);
  }

  function ourGroup(): TeamGroupWithMembers | undefined {
    return pick(team.groups().filter(isOurTeamGroup));
  }

  function drawMemberAct(draw: number): Act | undefined {
    if (draw < 0.25) {
      const member = pick(ours('active'));
      return member && ['suspendByHand', member.memberId, () => suspend(member)];
    }
    if (draw < 0.4) {
      const member = pick(ours('suspended'));
      const act = (): void => team.unsuspendByHand(member?.memberId ?? '');
      return member && ['unsuspendByHand', member.memberId, act];
    }
    if (draw < 0.6) {
      const member = pick(ours());
      return member && ['removeByHand', member.memberId, () => remove(member)];
    }
    const member = pick(ours());
    const changes = { givenName: random() < 0.5 ? 'Eve' : 'Zoe' };
    const act = (): void => team.changeByHand(member?.memberId ?? '', changes);
    return member && ['renameByHand', member.memberId, act];
  }

  function drawGroupAct(draw: number): Act | undefined {
    const group = ourGroup();
    if (group === undefined) return undefined;
    const { groupId } = group;
    if (draw < 0.4) {
      const member = pick(present().filter(({ memberId }) => !group.memberIds.has(memberId)));
      const act = (): void => team.addToGroupByHand(groupId, member?.memberId ?? '');
      return member && ['addToGroupByHand', `${groupId} ${member.memberId}`, act];
    }
    if (draw < 0.75) {
      const memberId = pick([...group.memberIds]);
      const act = (): void => team.removeFromGroupByHand(groupId, memberId ?? '');
      return memberId === undefined ? undefined : ['takeOutByHand', `${groupId} ${memberId}`, act];
    }
    if (draw < 0.9) {
      const act = (): void => team.renameGroupByHand(groupId, `By hand ${Math.floor(draw * 1e6)}`);
      return ['renameGroupByHand', groupId, act];
    }
    return ['deleteGroupByHand', groupId, () => team.deleteGroupByHand(groupId)];
  }

  /** Where the engine believes that the member's standing is its own, or may be, nobody can tell afterwards. */
  function suspend({ memberId, externalId }: TeamMember): void {
    team.suspendByHand(memberId);
    ledger.noteHand();
    if (isInDoubt(externalId)) ledger.doubt(memberId);
  }

  function remove({ memberId, externalId }: TeamMember): void {
    team.removeByHand(memberId);
    ledger.noteHand();
    if (isInDoubt(externalId)) ledger.doubt(memberId);
  }

  function isInDoubt(userId: string | undefined): boolean {
    if (userId === undefined) return false;
    const row = tables.row('Users', partitionOf(userId), userId);
    if (row === undefined) return false;
    const { intended, suspendedByUs, removedByUs } = parseUserRow(row).applied;
    return intended !== null || suspendedByUs || removedByUs;
  }

  async function joinTeam(): Promise<string> {
    joined += 1;
    const email = `newcomer${joined}@elsewhere.com`;
    const externalId = `elsewhere-${joined}`;
    await byHand(async () => {
      await team.inviteMembers([{ email, givenName: 'New', surname: 'Comer', externalId }]);
    });
    return `strangerJoins ${email}`;
  }

  return {
    async accept() {
      const member = pick(team.members().filter(({ status }) => status === 'invited'));
      if (member === undefined) return 'nothing';
      await byHand(() => team.accept(member.memberId));
      return `accept ${member.memberId}`;
    },
    async meddle() {
      const kind = random();
      if (kind > 0.96) return joinTeam();
      const chosen = kind < 0.6 ? drawMemberAct(random()) : drawGroupAct(random());
      if (chosen === undefined) return 'nothing';
      const [word, about, act] = chosen;
      await byHand(act);
      return `${word} ${about}`;
    },
  };
}
