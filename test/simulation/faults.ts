import {
  CredentialError,
  LostAnswerError,
  ThrottledError,
  TransientError,
} from '../../shared/model/errors.ts';
import type { Liar, LieWord } from './lies.ts';
import type { PendingCall } from './scheduler.ts';

/** What becomes of a call that was picked. */
export type Fault =
  | { readonly kind: 'none' }
  /** The effect happens now, the answer comes when it is picked again. */
  | { readonly kind: 'slow' }
  /** Another answer than the true one. */
  | { readonly kind: 'lie'; readonly word: LieWord }
  | { readonly kind: 'errorBefore' | 'errorAfter'; readonly word: string; readonly error: Error }
  | { readonly kind: 'crashBefore' | 'crashAfter' }
  | { readonly kind: 'stallBefore' | 'stallAfter'; readonly ms: number };

const none: Fault = { kind: 'none' };

/** How rough it is: shares of calls and of steps, between 0 and 1. */
export interface Weather {
  readonly crashes: number;
  readonly stalls: number;
  readonly workerStalls: number;
  /** Workers stall at calls of this name only; absent: at any. */
  readonly workerStallsAt?: string;
  readonly longestStallMs: number;
  /** Times the changes in Entra, and what is done by hand, that are in the walk's character. */
  readonly changes: number;
  /** Untruths, where one may be told. */
  readonly lies: number;
  /** False: nobody pauses the job, or decides anything before the end. */
  readonly operator: boolean;
  /** False: every message arrives once, at once. */
  readonly messages: boolean;
  /** False: every call is answered, sooner or later. */
  readonly errors: boolean;
}

export const usualWeather: Weather = {
  crashes: 0.003,
  stalls: 0.002,
  workerStalls: 0.002,
  longestStallMs: 360_000,
  changes: 1,
  lies: 0.12,
  operator: true,
  messages: true,
  errors: true,
};

/** Slow answers and messages that go astray, and nothing worse. */
const fairWeather: Weather = {
  ...usualWeather,
  crashes: 0,
  stalls: 0,
  workerStalls: 0,
  lies: 0,
  errors: false,
};

/** Nothing but slow answers. */
export const stillWeather: Weather = { ...fairWeather, messages: false, operator: false };

/** Draws what happens to a call: mostly nothing, and nothing to one that has taken effect and only waits to be answered. */
export function drawFault(
  call: PendingCall,
  { random, liar }: { readonly random: () => number; readonly liar: Liar },
  weather: Weather,
): Fault {
  if (call.isTaken) return none;
  const often = timesOf(call);
  const stalls = stallsOf(call, weather) * often;
  const crashes = weather.crashes * often;
  const draw = random();
  if (draw < crashes) return { kind: random() < 0.5 ? 'crashBefore' : 'crashAfter' };
  if (draw < crashes + stalls) return drawStall(random, weather);
  if (random() < 0.1) return { kind: 'slow' };
  const lie = call.lies === undefined ? undefined : liar.draw(call.lies, weather.lies);
  if (lie !== undefined) return { kind: 'lie', word: lie };
  return weather.errors ? drawError(call, random) : none;
}

function drawStall(random: () => number, { longestStallMs }: Weather): Fault {
  const ms = 30_000 + Math.floor(random() * (longestStallMs - 30_000));
  return { kind: random() < 0.4 ? 'stallBefore' : 'stallAfter', ms };
}

function stallsOf({ process, name }: PendingCall, weather: Weather): number {
  if (process.kind !== 'worker') return weather.stalls;
  return name === (weather.workerStallsAt ?? name) ? weather.workerStalls : 0;
}

function drawError(call: PendingCall, random: () => number): Fault {
  switch (call.service) {
    case 'storage':
      return drawStorage(call, random);
    case 'bell':
      return random() < 0.03 ? storageError(random() < 0.5) : none;
    case 'dropbox':
      return call.isWrite ? drawDropboxWrite(random, isRare(call)) : drawDropboxRead(random);
    case 'entra':
      return drawEntra(random);
    case 'clock':
      return none;
  }
}

function drawStorage(call: PendingCall, random: () => number): Fault {
  if (random() >= 0.003) return none;
  return storageError(call.isWrite && random() < 0.5);
}

function storageError(isAfter: boolean): Fault {
  const error = new TransientError('the storage does not answer', 500);
  return { kind: isAfter ? 'errorAfter' : 'errorBefore', word: 'storage down', error };
}

/** Calls that a walk makes a few times only: something befalls them more often, or the walks would hardly ever see it. */
const rareCalls = new Set(
  [
    'suspendMember',
    'unsuspendMember',
    'removeMember',
    'recoverMember',
    'removeGroupMembers',
    'deleteGroup',
  ].map((name) => `dropbox.${name}`),
);
const rareTimes = 20;
const writeTimes = 4;

function timesOf(call: PendingCall): number {
  if (isRare(call)) return rareTimes;
  return call.service === 'dropbox' && call.isWrite ? writeTimes : 1;
}

function isRare({ name }: PendingCall): boolean {
  return rareCalls.has(name);
}

function drawDropboxWrite(random: () => number, rare: boolean): Fault {
  // More often where it would be too seldom.
  const draw = random() / (rare ? 3 : 1);
  if (draw < 0.08) {
    const error = new LostAnswerError('no answer came');
    return { kind: 'errorAfter', word: 'answer lost', error };
  }
  if (draw < 0.12) {
    const error = new LostAnswerError('no answer came');
    return { kind: 'errorBefore', word: 'request lost', error };
  }
  if (draw < 0.14) {
    const error = new Error('an answer nobody understands');
    return { kind: random() < 0.5 ? 'errorAfter' : 'errorBefore', word: 'unknown error', error };
  }
  return drawDropboxRead(random, rare);
}

function drawDropboxRead(random: () => number, rare = false): Fault {
  const draw = random() / (rare ? 3 : 1);
  if (draw < 0.04) {
    const error = new ThrottledError('too many requests', 1_000 + Math.floor(random() * 90_000));
    return { kind: 'errorBefore', word: 'throttled', error };
  }
  if (draw < 0.07) {
    const error = new TransientError('try again', Math.floor(random() * 10_000));
    return { kind: 'errorBefore', word: 'transient', error };
  }
  if (draw < 0.072) {
    const error = new CredentialError('the token is refused', 'dropbox');
    return { kind: 'errorBefore', word: 'credential refused', error };
  }
  return none;
}

function drawEntra(random: () => number): Fault {
  const draw = random();
  if (draw < 0.03) {
    const error = new TransientError('try again', Math.floor(random() * 30_000));
    return { kind: 'errorBefore', word: 'transient', error };
  }
  if (draw < 0.031) {
    const error = new CredentialError('a permission is missing', 'entra', 'User.Read.All');
    return { kind: 'errorBefore', word: 'permission missing', error };
  }
  return none;
}
