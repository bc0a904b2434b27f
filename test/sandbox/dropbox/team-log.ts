import { z } from 'zod';

import { openVoidUnion } from './argument.ts';
import {
  answer,
  endpoint,
  refuse,
  type AuthorizedCall,
  type Endpoint,
  type Outcome,
} from './call.ts';
import { readCursor, writeCursor, type Cursor } from './cursor.ts';
import type { TeamEvent } from './event-log.ts';
import { shuffleByHash } from './ordered-ids.ts';
import { toTimestamp } from './to-wire.ts';

const timestamp = z.iso.datetime({ precision: 0 });

const eventsArgument = z.strictObject({
  limit: z.int().min(1).max(1000).default(1000),
  account_id: z.string().length(40).nullish(),
  time: z
    .strictObject({ start_time: timestamp.nullish(), end_time: timestamp.nullish() })
    .nullish(),
  category: openVoidUnion.nullish(),
  event_type: openVoidUnion.nullish(),
});

type Query = z.infer<typeof eventsArgument>;

/** The activity log: late, unsorted, and with empty pages in between. */
export const teamLog: { readonly [route: string]: Endpoint } = {
  '/2/team_log/get_events': endpoint('events.read', eventsArgument, getEvents),
  '/2/team_log/get_events/continue': endpoint(
    'events.read',
    z.strictObject({ cursor: z.string() }),
    continueEvents,
  ),
};

function getEvents(call: AuthorizedCall, query: Query): Outcome {
  const { start_time, end_time } = query.time ?? {};
  if (start_time && end_time && Date.parse(end_time) < Date.parse(start_time)) {
    return refuse('invalid_time_range');
  }
  if (query.category && query.event_type) return refuse('invalid_filters');
  if (query.account_id && !isKnownAccount(call, query.account_id)) {
    return refuse('account_id_not_found');
  }
  return answerPage(call, query);
}

function isKnownAccount({ team }: AuthorizedCall, accountId: string): boolean {
  return [...team.members.readAll()].some((member) => member.accountId === accountId);
}

function continueEvents(
  call: AuthorizedCall,
  { cursor: text }: { readonly cursor: string },
): Outcome {
  const cursor = readCursor(text);
  if (cursor?.listing !== 'events' || cursor.generation !== call.team.readGeneration()) {
    return refuse('bad_cursor');
  }
  if (call.specials.has('resetEvents')) {
    return refuse('reset', { reset: toTimestamp(cursor.issuedAt) });
  }
  return answerPage(call, eventsArgument.parse(cursor.query), cursor);
}

function answerPage(call: AuthorizedCall, query: Query, cursor?: Cursor): Outcome {
  const { settings, events, now, team } = call;
  const page = (cursor?.page ?? 0) + 1;
  const offset = cursor?.offset ?? 0;
  const visible = events.readVisible(offset, settings.eventDelayMs);
  const every = settings.emptyEventPageEvery;
  const isEmpty = visible.length > 0 && every > 0 && page % every === 0;
  const taken = isEmpty ? [] : visible.slice(0, query.limit);
  const next: Cursor = {
    listing: 'events',
    generation: team.readGeneration(),
    issuedAt: now,
    page,
    offset: offset + taken.length,
    query,
  };
  const matching = taken.filter((event) => matches(call, event, query));
  return answer({
    events: mix(matching).map((event) => toEvent(call, event)),
    cursor: writeCursor(next),
    has_more: taken.length < visible.length,
  });
}

function mix(events: readonly TeamEvent[]): readonly TeamEvent[] {
  return shuffleByHash(
    events.map((_, index) => String(index)),
    events.length,
  ).flatMap((index) => events[Number(index)] ?? []);
}

function matches(call: AuthorizedCall, event: TeamEvent, query: Query): boolean {
  const { category, event_type, account_id } = query;
  const isOfKind =
    (!category || category['.tag'] === event.category) &&
    (!event_type || event_type['.tag'] === event.type);
  return isOfKind && isWithin(event, query.time ?? {}) && concerns(call, event, account_id);
}

function isWithin({ at }: TeamEvent, time: NonNullable<Query['time']>): boolean {
  const isEarly = Boolean(time.start_time) && at < Date.parse(time.start_time ?? '');
  const isLate = Boolean(time.end_time) && at >= Date.parse(time.end_time ?? '');
  return !isEarly && !isLate;
}

function concerns(
  { team }: AuthorizedCall,
  { memberId }: TeamEvent,
  accountId: string | null | undefined,
): boolean {
  if (!accountId) return true;
  return team.members.readById(memberId ?? '')?.accountId === accountId;
}

function toEvent(call: AuthorizedCall, event: TeamEvent) {
  const words = event.type.replaceAll('_', ' ');
  return {
    timestamp: toTimestamp(event.at),
    event_category: call.openTag({ '.tag': event.category }),
    actor: toActor(event),
    involve_non_team_member: false,
    context: { '.tag': 'team' },
    participants: [...toGroupParticipant(call, event), ...toUserParticipant(call, event)],
    event_type: { '.tag': event.type, description: `(${event.category}) ${words}` },
    details: { '.tag': `${event.type}_details`, ...event.details },
  };
}

function toActor({ actor }: TeamEvent) {
  if (actor !== 'app') return undefined;
  return { '.tag': 'app', app: { '.tag': 'team_linked_app', display_name: 'Provisioning' } };
}

function toUserParticipant({ team }: AuthorizedCall, { memberId }: TeamEvent) {
  const member = team.members.readById(memberId ?? '');
  if (member === undefined) return [];
  const user = {
    '.tag': 'team_member',
    account_id: member.accountId,
    display_name: `${member.givenName} ${member.surname}`.trim(),
    email: member.email,
    team_member_id: member.memberId,
    member_external_id: member.externalId,
  };
  return [{ '.tag': 'user', user }];
}

function toGroupParticipant({ team }: AuthorizedCall, { groupId }: TeamEvent) {
  const group = team.groups.readById(groupId ?? '');
  if (group === undefined) return [];
  return [
    {
      '.tag': 'group',
      group_id: group.groupId,
      display_name: group.name,
      external_id: group.externalId,
    },
  ];
}
