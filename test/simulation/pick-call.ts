import { ThrottledError, TransientError } from '../../shared/model/errors.ts';
import type { Fault } from './faults.ts';
import type { PendingCall, Process } from './scheduler.ts';
import { nameOf, type Stage } from './stage.ts';

/** Chooses whose call comes next: mostly the same process goes on, now and then another one has its turn. */
export interface Chooser {
  /** Undefined where every process waits for time, or stands still. */
  next(isStalled: (process: Process) => boolean): PendingCall | undefined;
}

export function createChooser(stage: Stage): Chooser {
  const { scheduler, random, below } = stage;
  let last: Process | undefined;

  return {
    next(isStalled) {
      const readyCalls = (process: Process): readonly PendingCall[] => {
        if (process.state !== 'alive' || isStalled(process)) return [];
        return [...process.calls].filter(({ notBefore }) => notBefore <= stage.now());
      };
      const goesOn = last !== undefined && random() < 0.6 ? readyCalls(last) : [];
      if (goesOn.length > 0) return goesOn[below(goesOn.length)];
      const ready = [...scheduler.alive].filter((process) => readyCalls(process).length > 0);
      last = ready[below(ready.length)];
      const calls = last === undefined ? [] : readyCalls(last);
      return calls[below(calls.length)];
    },
  };
}

/** Lets one call go on, with this fault, and everything run that waits for it. */
export async function pickCall(stage: Stage, call: PendingCall, fault: Fault): Promise<void> {
  const word = wordOf(fault);
  stage.coverage.note(call.name, word);
  stage.say(
    `${nameOf(call.process)} ${call.name} ${call.about}${word === 'ok' ? '' : `: ${word}`}`,
  );
  const isAfter = ['slow', 'errorAfter', 'crashAfter', 'stallAfter'].includes(fault.kind);
  if (fault.kind === 'lie') await call.take(fault.word);
  if (isAfter) await call.take();
  noteAnswer(stage, call, fault);
  await strike(stage, call, fault);
  if (call.name === 'Job.write') await stage.guard.onBrakeMoved();
  await stage.scheduler.settle();
}

async function strike(stage: Stage, call: PendingCall, fault: Fault): Promise<void> {
  if (fault.kind === 'none' || fault.kind === 'lie') await call.deliver();
  else if ('error' in fault) fail(stage, call, fault.error);
  else if ('ms' in fault) call.process.stalledUntil = stage.now() + fault.ms;
  else if (fault.kind !== 'slow') stage.crash(call.process);
}

function fail(stage: Stage, call: PendingCall, error: Error): void {
  const isDropbox = call.service === 'dropbox';
  if (isDropbox && error instanceof ThrottledError) {
    stage.guard.onThrottled(call.process.instance, stage.now() + error.retryAfterMs);
  }
  call.fail(error);
}

function noteAnswer({ ledger }: Stage, { memberId }: PendingCall, fault: Fault): void {
  if (memberId === undefined) return;
  if (isUnclear(fault)) ledger.doubt(memberId);
  if (fault.kind === 'none') ledger.end(memberId);
}

/** The process may believe that the call has had an effect which it has not, or the other way about. */
function isUnclear(fault: Fault): boolean {
  if (fault.kind === 'none' || fault.kind === 'slow') return false;
  return !('error' in fault) || !(fault.error instanceof TransientError);
}

function wordOf(fault: Fault): string {
  if (fault.kind === 'none') return 'ok';
  if (fault.kind === 'lie') return fault.word;
  if (fault.kind === 'errorAfter') return `${fault.word} after the effect`;
  return fault.kind === 'errorBefore' ? fault.word : fault.kind;
}
