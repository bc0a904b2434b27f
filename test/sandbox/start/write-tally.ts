import { z } from 'zod';
import type { ExpectedTeam } from '../oracle/expected-team.ts';
import type { Write } from './control-client.ts';

/** How much of what is expected the Dropbox emulator has seen done. */
export interface Tally {
  readonly people: Share;
  readonly groups: Share;
  readonly edges: Share;
  /** Calls that changed something. */
  readonly writes: number;
}

export interface Share {
  readonly done: number;
  readonly of: number;
}

const invitation = z.object({ new_members: z.array(z.object({ member_email: z.string() })) });
const additions = z.object({ members: z.array(z.unknown()) });

/** Counts writes as they come in; each call returns where things stand. Nothing is counted above what is expected. */
export function createWriteTally(expected: ExpectedTeam): (writes: readonly Write[]) => Tally {
  const toInvite = new Set(
    expected.members.filter(({ origin }) => origin === 'invited').map(({ email }) => email),
  );
  const of = {
    people: toInvite.size + expected.members.filter(({ changes }) => changes).length,
    groups: expected.groups.filter(({ origin, changes }) => origin === 'created' || changes).length,
    edges: expected.groups
      .flatMap(({ members }) => members)
      .filter(({ origin }) => origin === 'added').length,
  };
  const done = { profiles: 0, groups: 0, edges: 0, writes: 0 };
  const invited = new Set<string>();
  return (writes) => {
    for (const write of writes) {
      const { route, argument, result } = write;
      done.writes += 1;
      // A job's effect is not in the record yet; who is asked for and expected counts.
      for (const email of readInvited(write)) if (toInvite.has(email)) invited.add(email);
      if (route.endsWith('/members/set_profile_v2')) done.profiles += 1;
      if (/\/groups\/(create|update)$/.test(route)) done.groups += result.changed.length;
      if (route.endsWith('/groups/members/add')) {
        done.edges += additions.safeParse(argument).data?.members.length ?? 0;
      }
    }
    const people = invited.size + done.profiles;
    return {
      people: { done: Math.min(people, of.people), of: of.people },
      groups: { done: Math.min(done.groups, of.groups), of: of.groups },
      edges: { done: Math.min(done.edges, of.edges), of: of.edges },
      writes: done.writes,
    };
  };
}

function readInvited({ route, argument }: Write): readonly string[] {
  if (!route.endsWith('/members/add_v2')) return [];
  const asked = invitation.safeParse(argument).data?.new_members ?? [];
  return asked.map(({ member_email }) => member_email.toLowerCase());
}
