import type { Report } from './report.ts';
import { adviceFor } from './skip-advice.ts';

type Numbers = { readonly [name: string]: number };

/** What came of a run, for a person to read. */
export function describeSummary(report: Report): string {
  const { users, groups, memberships } = report;
  const lines = [
    headline(report),
    '',
    row('People', [
      part(users.created, 'invited'),
      part(users.adopted, 'adopted (were on the team)'),
      part(users.linked, 'linked already'),
      part(sum(users.skipped), 'skipped'),
    ]),
    row('', [`${users.inScope} in scope of ${users.inTenant} in the tenant`]),
    row('Groups', [
      part(groups.created, 'created'),
      part(groups.adopted, 'adopted'),
      part(groups.linked, 'linked already'),
      part(sum(groups.skipped), 'skipped'),
    ]),
    row('', [`${groups.inScope} in scope of ${groups.inTenant} in the tenant`]),
    row('Memberships', [part(memberships.added, 'added'), `${memberships.expected} in all`]),
    '',
    ...reasons('Skipped', users.skipped, groups.skipped),
    ...reasons('Not in scope', users.excluded, groups.excluded),
    ...describeCalls(report),
  ];
  return lines.join('\n');
}

function headline(report: Report): string {
  const cycles = report.cycles === 1 ? 'cycle' : 'cycles';
  const time = `${report.seconds} s, ${report.cycles} ${cycles}`;
  if (!report.converged) {
    return [`Not converged after ${time}:`, ...bullets(report.reasons)].join('\n');
  }
  if (report.differences.length === 0) {
    return `Converged in ${time}. The Dropbox team is what Entra says it should be.`;
  }
  return [
    `Converged in ${time}, but the Dropbox team is not what Entra says (${report.differences.length} differences):`,
    ...bullets(report.differences),
  ].join('\n');
}

const shownLines = 20;

function bullets(lines: readonly string[]): readonly string[] {
  const more = lines.length - shownLines;
  const shown = lines.slice(0, shownLines).map((line) => `  - ${line}`);
  return more > 0 ? [...shown, `  … and ${more} more`] : shown;
}

function row(label: string, parts: readonly (string | undefined)[]): string {
  const present = parts.filter((text) => text !== undefined);
  return `  ${label.padEnd(12)} ${present.length > 0 ? present.join(', ') : 'nothing to do'}`;
}

function part(count: number, what: string): string | undefined {
  return count === 0 ? undefined : `${count} ${what}`;
}

function reasons(title: string, users: Numbers, groups: Numbers): readonly string[] {
  const lines = [
    ...describeReasons(users, (count) => (count === 1 ? 'person' : 'people')),
    ...describeReasons(groups, (count) => (count === 1 ? 'group' : 'groups')),
  ];
  return lines.length === 0 ? [] : [`  ${title}`, ...lines, ''];
}

function describeReasons(counts: Numbers, noun: (count: number) => string): readonly string[] {
  return Object.entries(counts)
    .toSorted(([, one], [, other]) => other - one)
    .flatMap(([reason, count]) => {
      const { what, todo } = adviceFor(reason);
      const who = `${String(count).padStart(6)} ${noun(count).padEnd(6)}`;
      return [`${who}  ${what}`, `${' '.repeat(15)}→ ${todo}`];
    });
}

function describeCalls(report: Report): readonly string[] {
  const { calls, floor, initialCycle, incrementalCycles } = report;
  const dropbox = sum(calls.dropbox) - jobPolls(calls.dropbox) - tokenCalls(calls.dropbox);
  const polls = jobPolls(calls.dropbox);
  const graphInitial =
    initialCycle === undefined
      ? []
      : [`initial cycle ${initialCycle.graphRequests} requests (floor ${floor.graph})`];
  const { count, graphRequests, floorPerCycle } = incrementalCycles;
  const graphIncremental =
    count === 0
      ? []
      : [
          `${count} incremental ${count === 1 ? 'cycle' : 'cycles'} ${graphRequests} (floor ${count * floorPerCycle})`,
        ];
  return [
    '  Calls',
    row('  Graph', [...graphInitial, ...graphIncremental]),
    row('  Dropbox', [
      `${dropbox} (floor ${floor.dropbox})`,
      ...(polls > 0 ? [`${polls} polls of jobs`] : []),
    ]),
    row('  Storage', [`${report.storage.transactions} calls to tables`]),
    ...(report.peakRssMb === null ? [] : [row('  Memory', [`${report.peakRssMb} MB at the peak`])]),
  ];
}

/** Looks at a job that Dropbox chose to do later: how many is Dropbox's choice. */
function jobPolls(calls: Numbers): number {
  return sum(
    Object.fromEntries(Object.entries(calls).filter(([route]) => /job_status/.test(route))),
  );
}

function tokenCalls(calls: Numbers): number {
  return sum(Object.fromEntries(Object.entries(calls).filter(([route]) => /oauth2/.test(route))));
}

function sum(counts: Numbers): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
