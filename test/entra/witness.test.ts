import { describe, expect, test } from 'vitest';

import {
  BadRequestError,
  CredentialError,
  HttpFailureError,
  ThrottledError,
  TransientError,
} from '../../shared/model/errors.ts';
import type { WitnessAnswer } from '../../shared/model/source.ts';
import { batch, catchError, createScriptedGraph, failure, readParts } from './scripted-graph.ts';
import type { PartAnswer, SentPart } from './scripted-graph.ts';

const makeIds = (name: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${name}${index}`);

const userOf = (part: SentPart): string => /\/users\/([^/?]+)/.exec(part.url)?.[1] ?? '';
const isRecord = (part: SentPart): boolean => part.method === 'GET';
const record = (id: string, set: { readonly [name: string]: unknown } = {}): PartAnswer => ({
  status: 200,
  body: { id, accountEnabled: true, userPrincipalName: `${id}@x`, mail: null, ...set },
});
const groups = (...value: readonly string[]): PartAnswer => ({ status: 200, body: { value } });
const refused = (status: number, code: string, wait?: string): PartAnswer => ({
  status,
  headers: wait === undefined ? {} : { 'Retry-After': wait },
  body: { error: { code, message: `said ${code}` } },
});
const missing = refused(404, 'Request_ResourceNotFound');
const forbidden = refused(403, 'Authorization_RequestDenied');
const findError = (answer: WitnessAnswer | undefined) =>
  answer?.kind === 'failed' ? answer.error : undefined;

/** Answers as the service would where everybody is there and in no group; `special` says otherwise, part by part. */
const answering = (special: (part: SentPart) => PartAnswer | undefined) =>
  batch((part) => special(part) ?? (isRecord(part) ? record(userOf(part)) : groups()));

const witnessed = (id: string, ...memberOf: readonly string[]) => ({
  kind: 'answered',
  user: {
    id,
    attributes: { id, accountEnabled: true, userPrincipalName: `${id}@x`, mail: null },
  },
  memberOf,
});

describe('the question', () => {
  test('is the record with the properties of every other read, and a POST with a body for the groups', async () => {
    const { reader, requests } = createScriptedGraph([answering(() => undefined)]);
    await reader.readWitness([{ userId: 'a/b', groupIds: ['g1', 'g2', 'g1'] }]);
    expect(readParts(requests[0])).toEqual([
      {
        id: '0',
        method: 'GET',
        url: '/users/a%2Fb?$select=id,accountEnabled,userPrincipalName,mail',
        headers: { 'x-ms-throttle-priority': 'low' },
      },
      {
        id: '1',
        method: 'POST',
        url: '/users/a%2Fb/checkMemberGroups',
        headers: { 'x-ms-throttle-priority': 'low', 'Content-Type': 'application/json' },
        body: { groupIds: ['g1', 'g2'] },
      },
    ]);
  });

  test('about 25 people with a group each fills requests of 20 parts', async () => {
    const { reader, requests } = createScriptedGraph([answering(() => undefined)]);
    const people = makeIds('u', 25);
    const answers = await reader.readWitness(
      people.map((userId) => ({ userId, groupIds: ['g1'] })),
    );
    expect(requests.map((request) => readParts(request).length)).toEqual([20, 20, 10]);
    expect([...answers.keys()]).toEqual(people);
  });

  test('about the same person twice is one', async () => {
    const { reader, requests } = createScriptedGraph([
      answering((part) => (isRecord(part) ? undefined : groups('g2'))),
    ]);
    const answers = await reader.readWitness([
      { userId: 'ada', groupIds: ['g1'] },
      { userId: 'ada', groupIds: ['g2'] },
    ]);
    expect(readParts(requests[0])).toHaveLength(2);
    expect(answers).toEqual(new Map([['ada', witnessed('ada', 'g2')]]));
  });

  test('about nobody is not asked, and one without groups is the record only', async () => {
    const { reader, requests } = createScriptedGraph([answering(() => undefined)]);
    expect(await reader.readWitness([])).toEqual(new Map());
    expect(requests).toEqual([]);
    const answers = await reader.readWitness([{ userId: 'ada', groupIds: [] }]);
    expect(readParts(requests[0])).toHaveLength(1);
    expect(answers.get('ada')).toEqual(witnessed('ada'));
  });
});

describe('an answer', () => {
  test('joins what the parts about 45 groups say, and takes ids in any case', async () => {
    const { reader, requests } = createScriptedGraph([
      answering((part) => {
        if (isRecord(part)) return record('ADA');
        return JSON.stringify(part.body).includes('g44') ? groups('G44') : groups();
      }),
    ]);
    const answers = await reader.readWitness([{ userId: 'ada', groupIds: makeIds('g', 45) }]);
    expect(readParts(requests[0])).toHaveLength(4);
    expect(answers.get('ada')).toMatchObject({ user: { id: 'ADA' }, memberOf: ['g44'] });
  });

  test('is that nobody is there where the record is not found, whatever the other parts say', async () => {
    for (const check of [groups('g1'), missing, refused(503, 'busy')]) {
      const { reader } = createScriptedGraph([
        answering((part) => (isRecord(part) ? missing : check)),
      ]);
      const answers = await reader.readWitness([{ userId: 'ada', groupIds: ['g1'] }]);
      expect(answers.get('ada')).toEqual({ kind: 'answered', user: undefined, memberOf: [] });
    }
  });

  test('about a blocked person is their record', async () => {
    const { reader } = createScriptedGraph([
      answering((part) => (isRecord(part) ? record('ada', { accountEnabled: false }) : undefined)),
    ]);
    const answers = await reader.readWitness([{ userId: 'ada', groupIds: [] }]);
    expect(answers.get('ada')).toMatchObject({ user: { attributes: { accountEnabled: false } } });
  });
});

interface Trouble {
  readonly name: string;
  /** What answers for one of three people; undefined where nothing does. */
  readonly part: PartAnswer | undefined;
  readonly says: RegExp;
  /** Requests in all. */
  readonly tries: number;
}

describe('somebody fails, and the others are answered, where', () => {
  const inRecord: readonly Trouble[] = [
    { name: 'the record stays at 503', part: refused(503, 'busy'), says: /503/, tries: 3 },
    { name: 'the record never comes', part: undefined, says: /left it out/, tries: 3 },
    {
      name: 'a 404 is not Graph’s own',
      part: { status: 404, body: 'PGh0bWw+' },
      says: /unknown/,
      tries: 1,
    },
    {
      name: 'a 404 has another reason',
      part: refused(404, 'UnknownError'),
      says: /unknown/,
      tries: 1,
    },
    { name: 'the record is answered with 302', part: { status: 302 }, says: /302/, tries: 3 },
    { name: 'the record is empty', part: { status: 200 }, says: /incomplete/, tries: 3 },
    { name: 'the record is another’s', part: record('bob'), says: /somebody else/, tries: 3 },
    {
      name: 'accountEnabled is null',
      part: record('u1', { accountEnabled: null }),
      says: /User\.Read\.All/,
      tries: 1,
    },
    {
      name: 'userPrincipalName is null',
      part: record('u1', { userPrincipalName: null }),
      says: /User\.Read\.All/,
      tries: 1,
    },
    {
      name: 'the record is an id',
      part: { status: 200, body: { id: 'u1' } },
      says: /User\.Read\.All/,
      tries: 1,
    },
  ];
  const inGroups: readonly Trouble[] = [
    { name: 'the groups stay at 503', part: refused(503, 'busy'), says: /503/, tries: 3 },
    { name: 'the groups never come', part: undefined, says: /left it out/, tries: 3 },
    {
      name: 'the groups are a bad request',
      part: refused(400, 'Request_BadRequest'),
      says: /400/,
      tries: 1,
    },
    {
      name: 'the groups know nobody although the record is there',
      part: missing,
      says: /unknown/,
      tries: 1,
    },
    {
      name: 'the groups are cut off',
      part: { status: 200, body: '{"value":["g' },
      says: /incomplete/,
      tries: 3,
    },
    {
      name: 'the groups are no list',
      part: { status: 200, body: {} },
      says: /incomplete/,
      tries: 3,
    },
    {
      name: 'a group is named that nobody asked about',
      part: groups('g1', 'g9'),
      says: /not asked/,
      tries: 3,
    },
    {
      name: 'the groups go on elsewhere',
      part: {
        status: 200,
        body: { value: [], '@odata.nextLink': 'https://graph.microsoft.com/v1.0/x' },
      },
      says: /goes on/,
      tries: 3,
    },
  ];

  test.each([
    ...inRecord.map((trouble) => ({ ...trouble, strikesRecord: true })),
    ...inGroups.map((trouble) => ({ ...trouble, strikesRecord: false })),
  ])('$name', async ({ strikesRecord, part: answer, says, tries }) => {
    const { reader, requests } = createScriptedGraph([
      batch((part) => {
        if (userOf(part) === 'u1' && isRecord(part) === strikesRecord) return answer;
        return isRecord(part) ? record(userOf(part)) : groups('g1');
      }),
    ]);
    const answers = await reader.readWitness(
      makeIds('u', 3).map((userId) => ({ userId, groupIds: ['g1'] })),
    );
    expect(findError(answers.get('u1'))?.message).toMatch(says);
    expect(findError(answers.get('u1'))).not.toMatchObject({ retryAfterMs: 0 });
    expect(answers.get('u0')).toEqual(witnessed('u0', 'g1'));
    expect(answers.get('u2')).toEqual(witnessed('u2', 'g1'));
    expect(requests).toHaveLength(tries);
  });

  test('one of three parts about their groups is unread', async () => {
    const { reader } = createScriptedGraph([
      answering((part) =>
        JSON.stringify(part.body)?.includes('g20') ? refused(400, 'Request_BadRequest') : undefined,
      ),
    ]);
    const answers = await reader.readWitness([{ userId: 'u1', groupIds: makeIds('g', 45) }]);
    expect(findError(answers.get('u1'))).toBeInstanceOf(BadRequestError);
  });
});

describe('nothing is answered where', () => {
  test('a part stays throttled: the longest wait is thrown, and no further batch is sent', async () => {
    const { reader, requests } = createScriptedGraph([
      answering((part) => {
        if (part.id === '1') return refused(429, 'TooManyRequests', '100');
        if (part.id === '3') return refused(429, 'TooManyRequests', '300');
        return part.id === '4' ? refused(503, 'busy', '500') : undefined;
      }),
    ]);
    const questions = makeIds('u', 25).map((userId) => ({ userId, groupIds: ['g1'] }));
    const error = await catchError(reader.readWitness(questions));
    expect(error).toBeInstanceOf(ThrottledError);
    expect(error).toMatchObject({ retryAfterMs: 300_000 });
    expect(requests).toHaveLength(1);
  });

  test('the permission for records is missing', async () => {
    const { reader, requests } = createScriptedGraph([answering(() => forbidden)]);
    const error = await catchError(reader.readWitness([{ userId: 'ada', groupIds: ['g1'] }]));
    expect(error).toBeInstanceOf(CredentialError);
    expect(error).toMatchObject({ missing: 'User.Read.All' });
    expect(requests).toHaveLength(1);
  });

  test('the permission for groups is missing', async () => {
    const { reader } = createScriptedGraph([
      answering((part) => (isRecord(part) ? undefined : forbidden)),
    ]);
    const error = await catchError(reader.readWitness([{ userId: 'ada', groupIds: ['g1'] }]));
    expect(error).toBeInstanceOf(CredentialError);
    expect(error).toMatchObject({ missing: 'GroupMember.Read.All' });
  });

  test.each([
    ['is busy', failure(503, 'busy')],
    ['is cut off', { status: 200, headers: {}, body: '{"responses":[{"id":"0","sta' }],
    ['breaks', new HttpFailureError('cannot reach it: ECONNRESET', false)],
  ])('the whole batch %s three times', async (_, step) => {
    const { reader, requests } = createScriptedGraph([step]);
    const error = await catchError(reader.readWitness([{ userId: 'ada', groupIds: [] }]));
    expect(error).toBeInstanceOf(TransientError);
    expect(error).not.toMatchObject({ retryAfterMs: 0 });
    expect(requests).toHaveLength(3);
  });
});

test('a part that was throttled or busy is asked again alone, a POST as it was', async () => {
  const { reader, requests, clock } = createScriptedGraph([
    answering((part) => (isRecord(part) ? undefined : refused(429, 'TooManyRequests', '2.5'))),
    answering((part) => (isRecord(part) ? undefined : groups('g1'))),
  ]);
  const answers = await reader.readWitness([{ userId: 'ada', groupIds: ['g1'] }]);
  expect(clock.slept).toEqual([2500]);
  expect(readParts(requests[1])).toEqual([readParts(requests[0])[1]]);
  expect(answers.get('ada')).toEqual(witnessed('ada', 'g1'));
});
