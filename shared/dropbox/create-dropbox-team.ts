import type {
  Clock,
  Log,
  Random,
  Send,
  TeamReader,
  TeamWriter,
  TokenStore,
} from '../model/ports.ts';
import { createAccessToken } from './access-token.ts';
import { createCallRoute, type RouteTimeouts } from './call-route.ts';
import { createGroupReader, createGroupWriter } from './group-routes.ts';
import { createInvitationRoutes } from './invitation-routes.ts';
import { createMemberRoutes } from './member-routes.ts';
import { createMemberStatusRoutes } from './member-status-routes.ts';
import { createTeamInfoRoute } from './team-info-route.ts';

export interface DropboxTeamOptions {
  /** Root of the API without `/2`: https://api.dropboxapi.com */
  readonly apiUrl: string;
  /** The token endpoint, whole: https://api.dropboxapi.com/oauth2/token */
  readonly tokenUrl: string;
  readonly appKey: string;
  readonly appSecret: string;
  readonly tokens: TokenStore;
  readonly send: Send;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Our choice, since Dropbox names none: 20 s for a read, 30 s for a write, 60 s for an invitation of up to 20 people. */
  readonly timeoutsMs?: RouteTimeouts;
}

const defaultTimeoutsMs: RouteTimeouts = { read: 20_000, write: 30_000, invite: 60_000 };

/**
 * The Dropbox team over HTTP. Make one per process: it holds the access token, which all calls share. What may be thrown and what is
 * repeated is written at the ports.
 */
export function createDropboxTeam(options: DropboxTeamOptions): TeamReader & TeamWriter {
  const call = createCallRoute({
    apiUrl: options.apiUrl,
    accessToken: createAccessToken(options),
    send: options.send,
    clock: options.clock,
    random: options.random,
    log: options.log,
    timeoutsMs: options.timeoutsMs ?? defaultTimeoutsMs,
  });
  return {
    ...createMemberRoutes(call),
    ...createMemberStatusRoutes(call),
    ...createInvitationRoutes(call),
    ...createGroupReader(call),
    ...createGroupWriter(call),
    ...createTeamInfoRoute(call),
  };
}
