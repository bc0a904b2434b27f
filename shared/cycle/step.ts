import type { CycleState } from '../model/cycle-state.ts';
import { loadAssignedGroups } from '../rows/assignments.ts';
import type { CycleDeps } from './deps.ts';
import type { Lease } from './lease.ts';

/** What every step of a cycle has at hand. */
export interface StepContext {
  readonly deps: CycleDeps;
  /** Called between two pages. Throws where the lease is lost. */
  readonly lease: Pick<Lease, 'keep'>;
  /** Milliseconds since 1970: past it, no new page is begun. */
  readonly deadline: number;
  /** Assigned groups with a role that counts; read once a tick, and again after the assignments changed. */
  readonly assignedGroups: () => Promise<ReadonlySet<string>>;
  forgetAssignedGroups(): void;
}

/** One page of one phase: takes it in, and returns where the cycle stands then. Run twice, it comes to the same. */
export type Step = (state: CycleState, context: StepContext) => Promise<CycleState>;

export function createStepContext(
  deps: CycleDeps,
  lease: Pick<Lease, 'keep'>,
  deadline: number,
): StepContext {
  let groups: Promise<ReadonlySet<string>> | undefined;
  return {
    deps,
    lease,
    deadline,
    assignedGroups: () => (groups ??= loadAssignedGroups(deps.tables)),
    forgetAssignedGroups() {
      groups = undefined;
    },
  };
}
