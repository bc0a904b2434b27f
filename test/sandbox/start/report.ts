import type { Directory } from '../entra/directory-types.ts';
import type { ExpectedTeam } from '../oracle/expected-team.ts';
import type { Counts } from './control-client.ts';
import type { Floor } from './floor.ts';
import type { StateCounts, Totals } from './progress.ts';
import type { Tally } from './write-tally.ts';

type Numbers = { readonly [name: string]: number };

/** What a run came to, for `--report` and the summary. */
export interface Report {
  readonly converged: boolean;
  /** Why not, or what is not as expected; empty where all is well. */
  readonly reasons: readonly string[];
  /** Cycles that ended while this run looked. */
  readonly cycles: number;
  /** From the start of the app to convergence. */
  readonly seconds: number;
  readonly users: UserNumbers;
  readonly groups: GroupNumbers;
  readonly memberships: MembershipNumbers;
  readonly operations: { readonly byKind: Numbers; readonly byOutcome: Numbers };
  readonly calls: {
    /** By route, and `requests` (HTTP) and `batchParts` (inside them). */
    readonly graph: Numbers;
    readonly dropbox: Numbers;
  };
  /** Of the initial cycle for Graph, of the whole load for Dropbox (polls of jobs apart); of a later run, what it may cost. */
  readonly floor: { readonly graph: number; readonly dropbox: number };
  /** Present where this run saw an initial cycle. */
  readonly initialCycle?: { readonly seconds: number; readonly graphRequests: number };
  readonly incrementalCycles: {
    readonly count: number;
    readonly graphRequests: number;
    readonly floorPerCycle: number;
  };
  /** Reads and transactions of the app on its tables. */
  readonly storage: { readonly transactions: number };
  readonly peakRssMb: number | null;
  /** Where the team is not as the oracle says. */
  readonly differences: readonly string[];
}

interface UserNumbers {
  readonly inTenant: number;
  readonly inScope: number;
  /** On the team by us in the end, as expected. */
  readonly provisioned: number;
  readonly created: number;
  readonly adopted: number;
  /** Bore our external id already. */
  readonly linked: number;
  readonly skipped: Numbers;
  readonly excluded: Numbers;
  /** Where the app's rows have come to. */
  readonly states: StateCounts;
}

interface GroupNumbers {
  readonly inTenant: number;
  readonly inScope: number;
  readonly created: number;
  readonly linked: number;
  readonly adopted: number;
  readonly skipped: Numbers;
  readonly excluded: Numbers;
  readonly states: StateCounts;
}

interface MembershipNumbers {
  /** Of people and groups of ours, in the end. */
  readonly expected: number;
  readonly added: number;
  readonly states: StateCounts;
}

/** What the report is made of. */
export interface Findings {
  readonly converged: boolean;
  readonly reasons: readonly string[];
  readonly cycles: { readonly initial: number; readonly incremental: number };
  readonly seconds: number;
  readonly directory: Directory;
  readonly expected: ExpectedTeam;
  readonly differences: readonly string[];
  readonly totals: Totals;
  readonly tally: Tally;
  readonly graph: Counts;
  readonly dropbox: Counts;
  readonly floor: { readonly graph: number; readonly dropbox: number };
  readonly floorPerCycle: Floor['graphPerIncrementalCycle'];
  readonly initialCycle?: { readonly seconds: number; readonly graphRequests: number };
  readonly storageCalls: number;
  readonly peakRssMb?: number;
}

export function buildReport(findings: Findings): Report {
  const { converged, reasons, cycles, graph, dropbox, floor, differences, totals } = findings;
  const inInitial = findings.initialCycle?.graphRequests ?? 0;
  return {
    converged,
    reasons,
    cycles: cycles.initial + cycles.incremental,
    seconds: Math.round(findings.seconds * 10) / 10,
    users: countUsers(findings),
    groups: countGroups(findings),
    memberships: countMemberships(findings),
    operations: totals.operations,
    calls: {
      graph: { ...graph.byRoute, requests: graph.requests, batchParts: graph.batchParts },
      dropbox: dropbox.byRoute,
    },
    floor,
    ...(findings.initialCycle ? { initialCycle: findings.initialCycle } : {}),
    incrementalCycles: {
      count: cycles.incremental,
      graphRequests: graph.requests - inInitial,
      floorPerCycle: findings.floorPerCycle,
    },
    storage: { transactions: findings.storageCalls },
    peakRssMb: findings.peakRssMb ?? null,
    differences,
  };
}

function countUsers({ directory, expected, totals, differences }: Findings): UserNumbers {
  const byOrigin = countBy(expected.members, ({ origin }) => origin);
  const ours = expected.members.length - (byOrigin['stranger'] ?? 0);
  const isWrong = (email: string): boolean =>
    differences.some((difference) => difference.startsWith(`member ${email}`));
  const wrong = expected.members.filter(
    ({ origin, email }) => origin !== 'stranger' && differences.length > 0 && isWrong(email),
  );
  return {
    inTenant: directory.users.length,
    inScope: expected.inScope.people,
    provisioned: ours - wrong.length,
    created: (byOrigin['invited'] ?? 0) - wrong.filter(({ origin }) => origin === 'invited').length,
    adopted: (byOrigin['adopted'] ?? 0) - wrong.filter(({ origin }) => origin === 'adopted').length,
    linked: byOrigin['linked'] ?? 0,
    skipped: countBy(expected.skipped, ({ reason }) => reason),
    excluded: countExcluded(expected, 'user'),
    states: totals.users,
  };
}

function countGroups({ directory, expected, totals, tally }: Findings): GroupNumbers {
  const byOrigin = countBy(expected.groups, ({ origin }) => origin);
  return {
    inTenant: directory.groups.length,
    inScope: expected.inScope.groups,
    created: Math.min(byOrigin['created'] ?? 0, tally.groups.done),
    linked: byOrigin['linked'] ?? 0,
    adopted: byOrigin['adopted'] ?? 0,
    skipped: countBy(expected.skippedGroups, ({ reason }) => reason),
    excluded: countExcluded(expected, 'group'),
    states: totals.groups,
  };
}

function countMemberships({ expected, totals, tally }: Findings): MembershipNumbers {
  const edges = expected.groups
    .filter(({ origin }) => origin !== 'stranger')
    .flatMap(({ members }) => members);
  return { expected: edges.length, added: tally.edges.done, states: totals.memberships };
}

function countExcluded(expected: ExpectedTeam, kind: 'user' | 'group'): Numbers {
  const ofKind = expected.excluded.filter((exclusion) => exclusion.kind === kind);
  return countBy(ofKind, ({ reason }) => reason);
}

function countBy<T>(items: readonly T[], key: (item: T) => string): Numbers {
  const counts: Record<string, number> = {};
  for (const item of items) counts[key(item)] = (counts[key(item)] ?? 0) + 1;
  return counts;
}
