import type { Brake, GateKind, LicenceGate } from '../model/job.ts';
import type { OutboxDeps } from './deps.ts';
import { bringForward } from './bring-forward.ts';

/** Dropbox says nothing when a licence becomes free, so one person is tried so often. */
const probeEveryMs = 15 * 60_000;
/** Refusals that are about the team and not about the person: no seat is left. */
const licenceRefusals = new Set(['team_license_limit', 'free_team_member_limit_reached']);

type GateDeps = Pick<OutboxDeps, 'brake' | 'clock' | 'log' | 'tables'>;

/** Whether a call that needs a licence may be made. */
export type Passage =
  | { readonly kind: 'open' }
  /** For one person, and for nobody else in the next quarter of an hour. */
  | { readonly kind: 'probe' }
  | { readonly kind: 'closed'; readonly gate: LicenceGate };

/** True for a refusal that closes a gate, and counts as nobody's failure. */
export function isLicenceRefusal(tag: string): boolean {
  return licenceRefusals.has(tag);
}

/** Asked just before the call. Of all who ask when a probe is due, in all instances, one is told to make it. */
export async function askGate({ brake, clock }: GateDeps, kind: GateKind): Promise<Passage> {
  const { gates } = await brake.look();
  const now = clock.now();
  const seen = passageOf(gates[kind], now);
  if (seen.kind !== 'probe') return seen;
  const before = await brake.change((value) => {
    const gate = value.gates[kind];
    if (gate === undefined || now < gate.nextProbe) return value;
    return withGate(value, kind, { ...gate, nextProbe: now + probeEveryMs });
  });
  return passageOf(before.gates[kind], now);
}

/** Dropbox has refused a licence: no call of this kind from any instance until the next probe. Returns the gate as it stands. */
export async function closeGate(
  { brake, clock, log }: GateDeps,
  kind: GateKind,
  code: string,
): Promise<LicenceGate> {
  const now = clock.now();
  const close = (gate: LicenceGate | undefined): LicenceGate => {
    if (gate !== undefined && gate.code === code && now < gate.nextProbe) return gate;
    const nextProbe =
      gate !== undefined && now < gate.nextProbe ? gate.nextProbe : now + probeEveryMs;
    return { since: gate?.since ?? now, nextProbe, code };
  };
  const before = await brake.change((value) => {
    const gate = value.gates[kind];
    const closed = close(gate);
    return closed === gate ? value : withGate(value, kind, closed);
  });
  if (before.gates[kind] === undefined) log.warn('licenceGateClosed', { kind, code });
  return close(before.gates[kind]);
}

/**
 * Dropbox has taken a call of this kind, made at `calledAt` (milliseconds since 1970): whoever waits comes at once. A call that was made
 * before the gate closed proves nothing.
 */
export async function openGate(deps: GateDeps, kind: GateKind, calledAt: number): Promise<void> {
  const { brake, clock, log, tables } = deps;
  const isProven = (gate: LicenceGate | undefined): gate is LicenceGate =>
    gate !== undefined && calledAt >= gate.since;
  if (!isProven((await brake.look()).gates[kind])) return;
  const before = await brake.change((value) =>
    isProven(value.gates[kind]) ? withGate(value, kind, undefined) : value,
  );
  const gate = before.gates[kind];
  if (!isProven(gate)) return;
  const people = await bringForward(tables, gate.nextProbe, clock.now());
  log.info('licenceGateOpened', { kind, closedMs: clock.now() - gate.since, people });
}

function passageOf(gate: LicenceGate | undefined, now: number): Passage {
  if (gate === undefined) return { kind: 'open' };
  return now < gate.nextProbe ? { kind: 'closed', gate } : { kind: 'probe' };
}

function withGate(brake: Brake, kind: GateKind, gate: LicenceGate | undefined): Brake {
  return { ...brake, gates: { ...brake.gates, [kind]: gate } };
}
