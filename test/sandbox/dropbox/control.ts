import { z } from 'zod';

import type { EmulatorClock } from '../wire/emulator-parts.ts';
import { refuseControl, type ControlAnswer, type ControlRequest } from '../wire/rules.ts';
import { applyChange } from './apply-change.ts';
import type { DropboxState } from './call.ts';
import { ControlError } from './control-error.ts';
import { dumpDocument } from './dump-document.ts';
import { loadDocument } from './load-document.ts';
import { renewGrants } from './sandbox-grant.ts';
import type { DropboxSettings } from './settings.ts';
import { changesSchema, documentSchema } from './team-document.ts';
import type { TeamChange, TeamDocument } from './team-types.ts';

interface ControlContext {
  readonly state: DropboxState;
  readonly clock: EmulatorClock;
  readonly settings: DropboxSettings;
}

const since = z.coerce.number().int().min(0);

/** The control routes of this emulator; undefined for any other. Bad input changes nothing. */
export function answerTeamControl(
  request: ControlRequest,
  context: ControlContext,
): ControlAnswer | undefined {
  const { state, clock } = context;
  switch (`${request.method} ${request.path}`) {
    case 'PUT /team': {
      const document = documentSchema.parse(request.body);
      return changeTeam(context, () => {
        replaceTeam(context, document);
      });
    }
    case 'GET /team':
      return { status: 200, body: dumpDocument(state.team, clock.now()) };
    case 'POST /changes': {
      const changes = changesSchema.parse(request.body);
      return changeTeam(context, () => {
        applyAll(context, changes);
      });
    }
    case 'GET /writes': {
      const parsed = since.safeParse(request.query.get('since') ?? '0');
      if (!parsed.success) return refuseControl('since: not a sequence number');
      return { status: 200, body: state.writes.readSince(parsed.data) };
    }
    case 'DELETE /writes':
      state.writes.clear();
      return { status: 204, changed: true };
    default:
      return undefined;
  }
}

/** All or nothing: where the change cannot be made as a whole, the team and the grants are put back. */
function changeTeam({ state }: ControlContext, change: () => void): ControlAnswer {
  const saved = { team: state.team.save(), grants: state.grants.save() };
  try {
    change();
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    state.team.load(saved.team);
    state.grants.load(saved.grants);
    return refuseControl(error.message);
  }
  return { status: 200, body: {}, changed: true };
}

function replaceTeam({ state, clock, settings }: ControlContext, document: TeamDocument): void {
  loadDocument(state.team, document, clock);
  renewGrants(state, settings);
  state.jobs.clear();
  state.events.clear();
  state.writes.clear();
}

function applyAll(
  { state, clock, settings }: ControlContext,
  changes: readonly TeamChange[],
): void {
  changes.forEach((change, index) => {
    const now = clock.now();
    applyChange({ ...state, settings, now, actor: 'admin', place: String(index) }, change);
  });
}
