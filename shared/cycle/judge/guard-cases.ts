import type { CycleState } from '../../model/cycle-state.ts';
import { noSpending, remainingBudget, type BudgetKind } from '../../plan/budget.ts';
import { loadSpending } from '../../rows/budget.ts';
import { noteHeld } from '../../rows/held.ts';
import { loadHeartbeat } from '../../rows/job.ts';
import { saveLogRecords } from '../../rows/log-records.ts';
import { updateHeartbeat } from '../heartbeat.ts';
import { askTeam } from '../list-team.ts';
import type { StepContext } from '../step.ts';
import type { Case } from './case.ts';
import { countManaged } from './count-managed.ts';
import { stage } from './stage.ts';

const kinds: readonly BudgetKind[] = ['people', 'memberships'];

/**
 * Lets pass what nobody has to decide about. Protected people are left alone; what is in doubt is staged whatever its number; of the rest, what
 * Entra said counts first, and the part that does not fit into the budget is staged whole.
 */
export async function guardCases(
  cases: readonly Case[],
  state: CycleState,
  context: StepContext,
): Promise<readonly Case[]> {
  const { deps } = context;
  const open = await leaveProtected(cases, context);
  const passed = open.filter(({ isApproved }) => isApproved);
  const fresh = open.filter(({ isApproved }) => !isApproved);
  const clear = fresh.filter(({ doubt }) => doubt === undefined);
  for (const budget of kinds) {
    const doubtful = fresh.filter((one) => one.doubt !== undefined && one.budget === budget);
    const reason = 'what Entra shows is no proof by itself';
    await stage(deps, doubtful, { part: 'doubt', reason });
    const mine = clear.filter((one) => one.budget === budget);
    passed.push(...(await passBudget(mine, budget, state, context)));
  }
  return passed;
}

async function passBudget(
  cases: readonly Case[],
  budget: BudgetKind,
  state: CycleState,
  { deps }: StepContext,
): Promise<readonly Case[]> {
  const passed = cases.filter(({ weight }) => weight === 0);
  const weighty = cases.filter(({ weight }) => weight > 0);
  if (weighty.length === 0) return passed;
  const managed = (await countManaged(deps, (await loadHeartbeat(deps.tables)).value))[budget];
  const { budget: rule } = deps.cycle.guards;
  const spending = (await loadSpending(deps.tables))?.value ?? noSpending;
  const when = { now: deps.clock.now(), cycleId: state.id };
  let left = remainingBudget({ rule, spending }, { kind: budget, managed }, when);
  for (const part of ['said', 'missing'] as const) {
    const some = weighty.filter(({ entry }) => entry.kind === part);
    const needed = some.reduce((sum, { weight }) => sum + weight, 0);
    if (needed <= left) {
      left -= needed;
      passed.push(...some);
      continue;
    }
    const reason = `${needed} ${budget} would lose access, and no more than ${left} may by now (of ${managed} that are managed, within ${rule.windowHours} hours)`;
    await stage(deps, some, { part, reason });
  }
  return passed;
}

/** Said once about each. */
async function leaveProtected(
  cases: readonly Case[],
  { deps }: StepContext,
): Promise<readonly Case[]> {
  if (!cases.some(({ about }) => about.what === 'user')) return cases;
  const isNews = cases.some(({ entry, about }) => about.what === 'user' && entry.stopped === '');
  const admin = isNews
    ? await readAuthorisingAdmin(deps)
    : (await loadHeartbeat(deps.tables)).value.authorisingAdmin;
  const shields = new Map(
    cases.map((one) => [one, shieldOf(one, { admin, names: deps.cycle.guards.protectedMembers })]),
  );
  const stopped = cases.filter((one) => shields.get(one) !== undefined);
  const news = stopped.filter((one) => one.entry.stopped !== shields.get(one));
  await saveLogRecords(
    deps.tables,
    news.map((one) => ({
      at: deps.clock.now(),
      identity: one.entry.id,
      operation: 'none',
      outcome: 'held',
      code: shields.get(one) ?? '',
      reason: `${one.entry.detail}; never suspended or removed`,
      changes: [],
      targetId: one.about.what === 'user' ? (one.about.row.applied.memberId ?? '') : '',
    })),
  );
  await noteHeld(
    deps.tables,
    news.map((one) => ({ entry: one.entry, note: { stopped: shields.get(one) ?? '' } })),
  );
  return cases.filter((one) => shields.get(one) === undefined);
}

function shieldOf(
  { about }: Case,
  { admin, names }: { readonly admin: string | null; readonly names: readonly string[] },
): string | undefined {
  if (about.what !== 'user') return undefined;
  const { id, applied, desired, source } = about.row;
  if (admin !== null && applied.memberId === admin) return 'authorisingAdmin';
  const known = [
    id,
    applied.actual?.email,
    desired.target?.email,
    source.attributes?.['userPrincipalName'],
    source.attributes?.['mail'],
  ];
  const isProtected = known.some(
    (name) => typeof name === 'string' && names.includes(name.toLowerCase()),
  );
  return isProtected ? 'protectedMember' : undefined;
}

/** Asked anew before anybody loses access: somebody else may have authorised us since. */
async function readAuthorisingAdmin(deps: StepContext['deps']): Promise<string | null> {
  const answer = await askTeam(deps, () => deps.team.readAuthorisingAdmin());
  const authorisingAdmin = answer.kind === 'done' ? answer.value.memberId : null;
  const last = (await loadHeartbeat(deps.tables)).value;
  if (last.authorisingAdmin !== authorisingAdmin) {
    await updateHeartbeat(deps, (heartbeat) => ({ ...heartbeat, authorisingAdmin }));
  }
  return authorisingAdmin;
}
