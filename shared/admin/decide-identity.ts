import {
  loadIdentityDecisions,
  loadRejections,
  saveIdentityDecision,
  type Decision,
} from '../rows/decisions.ts';
import { describeStop } from './describe-job.ts';
import { describeTime } from './describe-time.ts';
import { loadReleased } from './load-released.ts';
import { nameItems } from './name-items.ts';
import { callStaged, type StagedDeps } from './staged-deps.ts';
import { StagedProblem } from './staged-problem.ts';

const dayMs = 86_400_000;

/** Nothing is released for this identity, for some days or until it is reopened. Throws StagedProblem for an id that nobody knows. */
export async function holdIdentity(
  deps: StagedDeps,
  { id, days }: { readonly id: string; readonly days: number | undefined },
): Promise<void> {
  const { tables, clock, by, say } = deps;
  const released = await loadReleased(tables, id);
  const at = clock.now();
  const until = days === undefined ? null : Math.ceil(at + days * dayMs);
  await saveIdentityDecision(tables, id, { verdict: 'hold', by, at, until, hash: '' });
  const time = until === null ? 'until it is reopened' : `until ${describeTime(until)} UTC`;
  say(`on hold by ${by}, ${time}: ${await describeIdentity(deps, id)}`);
  say('');
  say(
    'What happens next: from the next cycle on nothing more is released for it, whatever was decided about a batch it is in.',
  );
  say(`Afterwards it is judged as ever. ${callStaged} reopen ${id} ends the hold.`);
  if (released === 'none') return;
  say('');
  say(
    `But ${released} was released before: that is carried out all the same, if it has not been already.`,
  );
}

/** Ends a hold and forgets a rejection. Throws StagedProblem where there is neither. */
export async function reopenIdentity(
  deps: StagedDeps,
  { id }: { readonly id: string },
): Promise<void> {
  const { tables, clock, by, say } = deps;
  await loadReleased(tables, id);
  const decisions = await loadIdentityDecisions(tables);
  const held = decisions.get(id);
  const rejection = (await loadRejections(tables, decisions)).get(id);
  const at = clock.now();
  const isOnHold = held !== undefined && isHold(held, at);
  if (!isOnHold && rejection === undefined) {
    const where = `${callStaged} list shows what waits`;
    throw new StagedProblem(`${id} is neither on hold nor rejected: nothing to reopen; ${where}`);
  }
  await saveIdentityDecision(tables, id, { verdict: 'reopen', by, at, until: null, hash: '' });
  const ended = [isOnHold ? 'its hold ends' : [], rejection ? 'its rejection is forgotten' : []];
  say(`reopened by ${by}, ${ended.flat().join(' and ')}: ${await describeIdentity(deps, id)}`);
  say('');
  say(
    'What happens next: the next cycle judges it like anything else. Within the budget, and if the witness agrees, it is released;',
  );
  say(`else it is in a new batch that ${callStaged} list shows.`);
  const stop = await describeStop(tables);
  if (stop !== undefined) say(`But ${stop}: that waits until a cycle runs.`);
}

/** True for a hold that lasts. */
export function isHold({ verdict, until }: Decision, now: number): boolean {
  return verdict === 'hold' && (until === null || until > now);
}

async function describeIdentity({ tables }: StagedDeps, id: string): Promise<string> {
  const name = (await nameItems(tables, [id])).get(id) ?? '?';
  return `${id} (${name})`;
}
