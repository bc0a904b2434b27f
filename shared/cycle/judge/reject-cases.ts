import { saveRejections, type Decision, type Rejection } from '../../rows/decisions.ts';
import { noteHeld, type HeldEntry } from '../../rows/held.ts';
import { saveLogRecords } from '../../rows/log-records.ts';
import type { CycleDeps } from '../deps.ts';
import { departureOf } from './case.ts';
import { loadRows } from './load-rows.ts';

/** A person has refused these: they stay in `held`, and are staged again only when more is to be taken away or Entra names the leaver. */
export async function rejectCases(
  deps: CycleDeps,
  refused: readonly { readonly entry: HeldEntry; readonly decision: Decision }[],
): Promise<void> {
  if (refused.length === 0) return;
  const at = deps.clock.now();
  const rows = await loadRows(
    deps,
    refused.map(({ entry }) => entry),
  );
  const rejections = new Map<string, Rejection>();
  for (const { entry } of refused) {
    const about = rows.get(entry.id);
    const departedAt = about === undefined ? entry.since : departureOf({ entry, about });
    rejections.set(entry.id, { effect: entry.effect, kind: entry.kind, departedAt, at });
  }
  await saveRejections(deps.tables, rejections);
  await saveLogRecords(
    deps.tables,
    refused.map(({ entry, decision }) => ({
      at,
      identity: entry.id,
      operation: 'none',
      outcome: 'held',
      code: 'rejected',
      reason: `${entry.detail}; ${decision.by} decided that nothing is taken away`,
      changes: [],
      targetId: '',
    })),
  );
  await noteHeld(
    deps.tables,
    refused.map(({ entry }) => ({
      entry,
      note: { batch: '', rejected: `${entry.kind} ${at}` },
    })),
  );
  deps.log.info('removalsRejected', { count: refused.length });
}
