import { describe, expect, test } from 'vitest';
import type { EntraUser, WitnessAnswer } from '../../shared/model/source.ts';
import { TransientError } from '../../shared/model/errors.ts';
import { weighMembership, weighPerson } from '../../shared/plan/weigh-witness.ts';

const attributes = { accountEnabled: true };
const active: EntraUser = { id: 'ada', attributes };
const blockedUser: EntraUser = { id: 'ada', attributes: { accountEnabled: false } };

function answer(user: EntraUser | undefined, memberOf: readonly string[] = []): WitnessAnswer {
  return { kind: 'answered', user, memberOf };
}

const failed: WitnessAnswer = { kind: 'failed', error: new TransientError('503 of Graph', 1) };
const noReads = {};
const said = (code: string) => ({ kind: 'said', code }) as const;
const missing = { kind: 'missing', code: 'notAssigned' } as const;

describe('asked about somebody whom Entra had named', () => {
  const names: readonly (readonly [string, WitnessAnswer | undefined, string])[] = [
    ['blocked', answer(blockedUser), 'agrees'],
    ['blocked', answer(active), 'disagrees'],
    ['blocked', answer(undefined), 'agrees'],
    ['softDeleted', answer(undefined), 'agrees'],
    ['softDeleted', answer(active), 'disagrees'],
    ['softDeleted', answer(blockedUser), 'disagrees'],
    ['hardDeleted', answer(undefined), 'agrees'],
    ['hardDeleted', answer(active), 'disagrees'],
    ['hardDeleted', answer(blockedUser), 'disagrees'],
    ['blocked', failed, 'silent'],
    ['hardDeleted', undefined, 'silent'],
  ];
  for (const [code, answered, verdict] of names) {
    const what = answered === undefined ? 'no answer at all' : describeAnswer(answered);
    test(`as ${code}, with ${what}: ${verdict}`, () => {
      expect(weighPerson(said(code), answered, noReads).kind).toBe(verdict);
    });
  }

  test('says what Entra showed instead, and names no group to be read again', () => {
    expect(weighPerson(said('blocked'), answer(active, ['design']), noReads)).toEqual({
      kind: 'disagrees',
      said: 'asked by id, Entra shows the person: present, and sign-in is allowed',
      groups: [],
    });
    expect(weighPerson(said('hardDeleted'), answer(blockedUser), noReads)).toMatchObject({
      said: 'asked by id, Entra shows the person: present, and blocked',
    });
  });

  test('a person without accountEnabled is not taken for blocked', () => {
    const unreadable = { id: 'ada', attributes: {} };
    expect(weighPerson(said('blocked'), answer(unreadable), noReads).kind).toBe('disagrees');
  });
});

function describeAnswer(answered: WitnessAnswer): string {
  if (answered.kind === 'failed') return 'a failure';
  if (answered.user === undefined) return 'nobody there';
  return answered.user === active ? 'an active person' : 'a blocked person';
}

describe('asked about somebody who was missing', () => {
  test('a person in none of the assigned groups, or whom Entra does not know, is gone indeed', () => {
    expect(weighPerson(missing, answer(active), noReads).kind).toBe('agrees');
    expect(weighPerson(missing, answer(undefined, ['design']), noReads).kind).toBe('agrees');
  });

  test('a person in an assigned group is not, and the groups are named to be read again', () => {
    expect(weighPerson(missing, answer(active, ['design', 'sales']), noReads)).toEqual({
      kind: 'disagrees',
      said: 'asked about this person, Entra says that they are in design, sales',
      groups: ['design', 'sales'],
    });
  });

  test('a yes that two whole direct reads contradict is one of a nested group, and counts no more', () => {
    const inDesign = answer(active, ['design']);
    expect(weighPerson(missing, inDesign, { design: [] }).kind).toBe('disagrees');
    expect(weighPerson(missing, inDesign, { design: ['one'] }).kind).toBe('disagrees');
    expect(weighPerson(missing, inDesign, { design: ['one', 'two'] }).kind).toBe('agrees');
  });

  test('reads of one group say nothing about another', () => {
    const reads = { design: ['one', 'two'] };
    expect(weighPerson(missing, answer(active, ['design', 'sales']), reads)).toMatchObject({
      kind: 'disagrees',
      groups: ['sales'],
    });
  });

  test('no answer is no proof, and says why there was none', () => {
    expect(weighPerson(missing, failed, noReads)).toEqual({
      kind: 'silent',
      said: 'Entra could not be asked about this person: 503 of Graph',
    });
    expect(weighPerson(missing, undefined, noReads)).toMatchObject({
      kind: 'silent',
      said: 'Entra could not be asked about this person: no answer',
    });
  });

  test('at most five groups are named in the sentence, all of them are read again', () => {
    const groups = ['a', 'b', 'c', 'd', 'e', 'f'];
    const verdict = weighPerson(missing, answer(active, groups), noReads);
    expect(verdict).toMatchObject({
      groups,
      said: 'asked about this person, Entra says that they are in a, b, c, d, e',
    });
  });
});

describe('asked about a membership', () => {
  test('agrees where the person is not in the group, whatever other groups they are in', () => {
    expect(weighMembership('design', answer(active, ['sales']), noReads).kind).toBe('agrees');
    expect(weighMembership('design', answer(undefined, ['design']), noReads).kind).toBe('agrees');
  });

  test('disagrees where they are, until two whole direct reads say otherwise', () => {
    const inDesign = answer(active, ['sales', 'design']);
    expect(weighMembership('design', inDesign, noReads)).toMatchObject({
      kind: 'disagrees',
      groups: ['design'],
    });
    expect(weighMembership('design', inDesign, { design: ['one', 'two'] }).kind).toBe('agrees');
  });

  test('is not settled without an answer', () => {
    expect(weighMembership('design', failed, noReads).kind).toBe('silent');
    expect(weighMembership('design', undefined, noReads).kind).toBe('silent');
  });
});
