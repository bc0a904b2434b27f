import type { CycleState } from '../../model/cycle-state.ts';
import { dropRequest, loadRequest } from '../../rows/requests.ts';
import type { CycleDeps } from '../deps.ts';

/** What was asked for before this cycle began has been done; whoever has asked since wants it done again. */
export async function dropMetRequest(
  { startedAt }: CycleState,
  { tables }: CycleDeps,
): Promise<void> {
  const request = await loadRequest(tables);
  if (request !== undefined && request.at <= startedAt) await dropRequest(tables, request.etag);
}
