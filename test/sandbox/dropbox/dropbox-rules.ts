import { z } from 'zod';

import type { EmulatorClock } from '../wire/emulator-parts.ts';
import type { SeededRandom } from '../wire/random.ts';
import type { RequestContext, RuleAnswer, Rules } from '../wire/rules.ts';
import type { SettingsStore } from '../wire/settings.ts';
import type { WireRequest } from '../wire/types.ts';
import { answerApiCall } from './api-call.ts';
import { answerAuthorize } from './authorize-page.ts';
import type { Call, DropboxState, Endpoint } from './call.ts';
import { answerTeamControl } from './control.ts';
import { createEventLog } from './event-log.ts';
import { buildFailure } from './failure.ts';
import { createGrants } from './grants.ts';
import { createGroupGate } from './group-gate.ts';
import { groupMembers } from './group-members.ts';
import { groupReads } from './group-reads.ts';
import { groups } from './groups.ts';
import { createJobs } from './jobs.ts';
import { memberAdd } from './member-add.ts';
import { memberProfile } from './member-profile.ts';
import { memberReads } from './member-reads.ts';
import { memberRemove } from './member-remove.ts';
import { memberStates } from './member-states.ts';
import { createRateLimiter } from './rate-limiter.ts';
import { ensureSandboxGrant } from './sandbox-grant.ts';
import { secondaryEmails } from './secondary-emails.ts';
import { settleJobs } from './settle-jobs.ts';
import type { DropboxSettings } from './settings.ts';
import { teamInfo } from './team-info.ts';
import { teamLog } from './team-log.ts';
import { createTeam } from './team.ts';
import { answerTokenRequest } from './token-endpoint.ts';
import type { Tagged } from './to-wire.ts';
import { createWriteLog } from './write-log.ts';

interface Options {
  readonly clock: EmulatorClock;
  readonly random: SeededRandom;
  readonly settings: SettingsStore<DropboxSettings>;
  readonly seed: number;
}

const endpoints: ReadonlyMap<string, Endpoint> = new Map(
  Object.entries({
    ...teamInfo,
    ...memberReads,
    ...memberAdd,
    ...memberProfile,
    ...memberStates,
    ...memberRemove,
    ...secondaryEmails,
    ...groupReads,
    ...groups,
    ...groupMembers,
    ...teamLog,
  }),
);

const authorizePath = '/oauth2/authorize';
const tokenPath = '/oauth2/token';

const savedSchema = z.object({
  team: z.unknown(),
  grants: z.unknown(),
  jobs: z.unknown(),
  events: z.unknown(),
  writes: z.unknown(),
});

/** The Dropbox team API as rules on the shared frame. */
export function createDropboxRules({ clock, random, settings, seed }: Options): Rules {
  const now = (): number => clock.now();
  const readSettings = (): DropboxSettings => settings.read();
  const lagMs = (): number => Math.max(settings.read().listLagMs, settings.read().infoLagMs);
  const state: DropboxState = {
    team: createTeam({ now, lagMs, seed, random }),
    grants: createGrants({ now, settings: readSettings, random }),
    jobs: createJobs({ now, settings: readSettings, random }),
    events: createEventLog(now),
    writes: createWriteLog(),
  };
  const limiter = createRateLimiter(now, readSettings);
  const openTags = createOpenTags(readSettings);
  const isGroupBusy = createGroupGate(now, readSettings);
  const buildCall = (sequence: number, specials: ReadonlySet<string>): Call => ({
    ...state,
    settings: settings.read(),
    random,
    specials,
    actor: 'app',
    isGroupBusy,
    sequence,
    now: clock.now(),
    openTag: (value) => openTags(value, specials),
  });
  const prepare = (): void => {
    ensureSandboxGrant(state, settings.read());
    settleJobs(buildCall(0, new Set()));
  };
  const headers = () => ({ 'x-dropbox-request-id': random.token().replaceAll('-', '') });

  return {
    route: (request) => {
      const path = readPath(request);
      const isKnown = endpoints.has(path) || path === authorizePath || path === tokenPath;
      return isKnown ? path : undefined;
    },
    respond: (request: WireRequest, context: RequestContext): RuleAnswer => {
      prepare();
      const call = buildCall(context.sequence, context.specials);
      const oauth = { ...state, settings: call.settings, headers: headers() };
      const endpoint = endpoints.get(context.route);
      if (endpoint === undefined) {
        const answerOauth = context.route === tokenPath ? answerTokenRequest : answerAuthorize;
        return answerOauth(request, oauth);
      }
      const api = { call, route: context.route, limiter, headers: oauth.headers };
      return answerApiCall(request, endpoint, api);
    },
    failure: (status, request) => buildFailure(status, readPath(request), headers()),
    control: (request) => {
      prepare();
      return answerTeamControl(request, { state, clock, settings: settings.read() });
    },
    saveState: () => ({
      team: state.team.save(),
      grants: state.grants.save(),
      jobs: state.jobs.save(),
      events: state.events.save(),
      writes: state.writes.save(),
    }),
    loadState: (saved) => {
      const parsed = savedSchema.parse(saved);
      state.team.load(parsed.team);
      state.grants.load(parsed.grants);
      state.jobs.load(parsed.jobs);
      state.events.load(parsed.events);
      state.writes.load(parsed.writes);
    },
  };
}

function readPath(request: WireRequest): string {
  return request.url.split('?', 1)[0] ?? '';
}

/** Replaces every n-th value of an open union by `other` and by a made-up tag in turn, as the settings or a fault say. */
function createOpenTags(settings: () => DropboxSettings) {
  let emitted = 0;
  let replaced = 0;
  return (value: Tagged, specials: ReadonlySet<string>): Tagged => {
    const every = settings().unknownTagEvery;
    emitted += 1;
    const isDue = every > 0 && emitted % every === 0;
    if (!isDue && !specials.has('unknownTag')) return value;
    replaced += 1;
    return { '.tag': replaced % 2 === 0 ? 'other' : 'tag_from_the_future' };
  };
}
