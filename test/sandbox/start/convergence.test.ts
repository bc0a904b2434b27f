import { describe, expect, test } from 'vitest';
import { createConvergence } from './convergence.ts';
import type { CycleNote, Progress } from './progress.ts';

const cycle: CycleNote = {
  id: 'c1',
  kind: 'incremental',
  startedAt: 2000,
  endedAt: 2100,
  outcome: 'complete',
  changed: 0,
};

const quiet: Progress = {
  pending: { due: 0, soon: 0, later: 0 },
  slotsTaken: 0,
  initialDone: true,
  problems: [],
  storageCalls: 0,
  lastCycle: { ...cycle, startedAt: 500 },
};

const notYet = ['no incremental cycle has found nothing new yet'];

describe('the app has converged', () => {
  test('when a cycle that began after everything was quiet has found nothing new', () => {
    const judge = createConvergence();
    expect(judge({ now: 1000, progress: quiet, writes: 3 })).toEqual(notYet);
    expect(judge({ now: 2200, progress: { ...quiet, lastCycle: cycle }, writes: 3 })).toEqual([]);
  });

  test('although something waits in escrow', () => {
    const judge = createConvergence();
    const progress = { ...quiet, pending: { due: 0, soon: 0, later: 4 } };
    judge({ now: 1000, progress, writes: 0 });
    expect(judge({ now: 2200, progress: { ...progress, lastCycle: cycle }, writes: 0 })).toEqual(
      [],
    );
  });
});

describe('the app has not converged', () => {
  test.each<[string, Partial<CycleNote>]>([
    ['began before all was quiet', { startedAt: 900 }],
    ['is an initial one', { kind: 'initial' }],
    ['found something new', { changed: 1 }],
    ['was interrupted', { outcome: 'interrupted' }],
    ['failed', { outcome: 'failed' }],
  ])('while the last cycle %s', (_, set) => {
    const judge = createConvergence();
    judge({ now: 1000, progress: quiet, writes: 0 });
    const progress = { ...quiet, lastCycle: { ...cycle, ...set } };
    expect(judge({ now: 2200, progress, writes: 0 })).toEqual(notYet);
  });

  test.each<[Partial<Progress>, string]>([
    [{ pending: { due: 2, soon: 0, later: 0 } }, 'at least 2 entries of the outbox are due'],
    [{ pending: { due: 0, soon: 1, later: 0 } }, 'at least 1 entries are due within the hour'],
    [{ slotsTaken: 1 }, '1 slots of the outbox are taken'],
    [{ initialDone: false }, 'the initial cycle is not complete'],
    [{ problems: ['provisioning is paused'] }, 'provisioning is paused'],
  ])('while %j, and begins to wait anew', (set, reason) => {
    const judge = createConvergence();
    judge({ now: 1000, progress: quiet, writes: 0 });
    expect(judge({ now: 1500, progress: { ...quiet, ...set }, writes: 0 })).toEqual([reason]);
    const after = { ...quiet, lastCycle: cycle };
    expect(judge({ now: 2500, progress: after, writes: 0 })).toEqual(notYet);
  });

  test('where Dropbox was written to between two looks', () => {
    const judge = createConvergence();
    judge({ now: 1000, progress: quiet, writes: 3 });
    const progress = { ...quiet, lastCycle: cycle };
    expect(judge({ now: 2200, progress, writes: 4 })).toEqual(notYet);
    const later = { ...quiet, lastCycle: { ...cycle, startedAt: 3000 } };
    expect(judge({ now: 3200, progress: later, writes: 4 })).toEqual([]);
  });
});
