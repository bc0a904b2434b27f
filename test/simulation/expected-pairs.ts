import type { Coverage } from './coverage.ts';

/** Which faults are expected at which calls: over some hundred seeds every pair is met, or the run fails. */
const dropboxWrites = [
  'inviteMembers',
  'updateMember',
  'suspendMember',
  'unsuspendMember',
  'removeMember',
  'createGroup',
  'addGroupMembers',
];
const rareDropboxWrites = ['recoverMember', 'updateGroup', 'deleteGroup', 'removeGroupMembers'];
const dropboxReads = ['readMembers', 'readGroups', 'readMembersInfo', 'readGroupsInfo'];
const tables = ['Users', 'Groups', 'Memberships', 'Schedule', 'Job', 'Watermarks', 'Assignments'];

const expected: readonly (readonly [calls: readonly string[], faults: readonly string[]])[] = [
  [
    dropboxWrites.map((name) => `dropbox.${name}`),
    ['answer lost after the effect', 'request lost', 'throttled', 'transient', 'slow'],
  ],
  [
    ['inviteMembers', 'updateMember', 'suspendMember'].map((name) => `dropbox.${name}`),
    ['unknown error after the effect', 'crashAfter', 'stallAfter'],
  ],
  [rareDropboxWrites.map((name) => `dropbox.${name}`), ['ok', 'answer lost after the effect']],
  [dropboxReads.map((name) => `dropbox.${name}`), ['throttled', 'transient', 'slow']],
  [['dropbox.readMembers'], ['empty', 'lost page', 'repeated page', 'cut short', 'stale']],
  [['dropbox.readMembersInfo', 'dropbox.readGroupMembers'], ['stale']],
  [['entra.readAssignments'], ['empty', 'lost page', 'repeated page', 'cut short', 'stale']],
  [['entra.readFirstMembers'], ['empty', 'cut short', 'stale', 'transient']],
  [
    ['entra.readUserChanges', 'entra.readGroupChanges'],
    ['stale', 'repeated page', 'transient'],
  ],
  [['entra.readWitness'], ['unknown', 'empty', 'stale', 'cut short', 'slow', 'transient']],
  [
    tables.map((table) => `${table}.write`),
    ['storage down', 'storage down after the effect', 'crashBefore', 'crashAfter', 'slow'],
  ],
  [
    ['Users', 'Schedule', 'Job'].map((table) => `${table}.write`),
    ['stallBefore', 'stallAfter', 'took effect after the crash', 'took effect at the last moment'],
  ],
  [['doorbell.ring'], ['storage down', 'storage down after the effect', 'crashAfter']],
  [['message'], ['lost', 'doubled', 'late', 'redelivered']],
  [['instance'], ['crash']],
  [
    ['entra changes'],
    ['hire', 'rehire', 'move', 'rename', 'newAddress', 'block', 'delete', 'restore', 'purge'],
  ],
  [
    ['entra changes'],
    ['createGroup', 'deleteGroup', 'renameGroup', 'nest', 'unnest', 'assign', 'unassign'],
  ],
  [
    ['by hand'],
    ['suspendByHand', 'unsuspendByHand', 'removeByHand', 'renameByHand', 'strangerJoins'],
  ],
  [['by hand'], ['addToGroupByHand', 'takeOutByHand', 'renameGroupByHand', 'deleteGroupByHand']],
  [['operator'], ['pauses', 'resumes', 'approves', 'rejects', 'holds', 'asks']],
  [['services forget'], ['pages', 'stream', 'cursors']],
  [['time'], ['minutes pass', 'hours pass']],
];

/** The pairs that were expected and never met, as `call × fault`. */
export function missedPairs({ counts }: Coverage): readonly string[] {
  return expected.flatMap(([calls, faults]) =>
    calls.flatMap((call) =>
      faults.map((fault) => `${call} × ${fault}`).filter((pair) => !counts.has(pair)),
    ),
  );
}
