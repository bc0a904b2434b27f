import type { Step } from './step.ts';

/** Before anything is read: where both streams stand now, so that what changes while we read is told later and not lost. A stream that we follow already goes on where it was. */
export const readLinks: Step = async (state, { deps }) => {
  const users = state.users.delta ?? (await deps.entra.readLatestLink('users'));
  const groups = state.groups.delta ?? (await deps.entra.readLatestLink('groups'));
  return {
    ...state,
    phase: 'team',
    users: { delta: users, next: null },
    groups: { delta: groups, next: null },
  };
};
