import { describe, expect, test } from 'vitest';
import { alignColumns } from '../../shared/admin/columns.ts';
import { describeSpan, describeTime } from '../../shared/admin/describe-time.ts';
import { parseStagedCommand, stagedUsage } from '../../shared/admin/staged-command.ts';
import { StagedProblem } from '../../shared/admin/staged-problem.ts';

function parse(line: string): ReturnType<typeof parseStagedCommand> {
  return parseStagedCommand(line.split(' ').filter((word) => word !== ''));
}

function problemOf(line: string): string {
  try {
    parse(line);
    return 'nothing is wrong with it';
  } catch (error) {
    if (error instanceof StagedProblem) return error.message;
    throw error;
  }
}

describe('a line is read', () => {
  const whole = { kind: 'whole' };
  const cases: readonly (readonly [string, unknown])[] = [
    ['list', { name: 'list', all: false }],
    ['list --all', { name: 'list', all: true }],
    ['show 2026-03-02T0800-AB --lines', { name: 'show', batch: '2026-03-02t0800-ab', lines: true }],
    ['approve ABCDEF01', { name: 'approve', hash: 'abcdef01', choice: whole }],
    [
      'approve abcdef01 --only u:a U:B u:a',
      { name: 'approve', hash: 'abcdef01', choice: { kind: 'only', ids: ['u:a', 'u:b'] } },
    ],
    [
      'reject --except=u:a abcdef01 --except u:b',
      { name: 'reject', hash: 'abcdef01', choice: { kind: 'except', ids: ['u:a', 'u:b'] } },
    ],
    ['hold u:a', { name: 'hold', id: 'u:a', days: undefined }],
    ['hold u:a --days 0.5', { name: 'hold', id: 'u:a', days: 0.5 }],
    ['hold --days=7 u:a', { name: 'hold', id: 'u:a', days: 7 }],
    ['reopen e:g:a', { name: 'reopen', id: 'e:g:a' }],
    ['reconcile', { name: 'reconcile' }],
  ];
  for (const [line, command] of cases) {
    test(line, () => {
      expect(parse(line)).toEqual({
        kind: 'command',
        command,
        by: undefined,
        storage: undefined,
      });
    });
  }

  test('with who decides and where the storage is, in any place', () => {
    expect(parse('--by olga list --storage=AccountName=a;AccountKey=b==')).toMatchObject({
      by: 'olga',
      storage: 'AccountName=a;AccountKey=b==',
    });
  });

  test('as a question for help, whatever else it says', () => {
    for (const line of ['--help', 'help', 'approve --help', 'list --help --all']) {
      expect(parse(line)).toEqual({ kind: 'help' });
    }
  });
});

describe('a line that makes no sense is refused with what would be right', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['', 'a command is missing; npm run staged -- --help lists the commands'],
    ['aprove x', 'there is no command aprove; npm run staged -- --help lists the commands'],
    [
      'list --everything',
      'there is no option --everything; npm run staged -- --help lists the commands',
    ],
    [
      'list --toString',
      'there is no option --toString; npm run staged -- --help lists the commands',
    ],
    ['list --only u:a', 'list has no option --only; npm run staged -- --help lists the commands'],
    [
      'list all',
      'list does not know what to do with all; npm run staged -- --help lists the commands',
    ],
    ['show', 'show wants the id of a batch, as list shows it'],
    [
      'show a b',
      'show does not know what to do with b; npm run staged -- --help lists the commands',
    ],
    ['approve', 'approve wants the hash that show prints, or its first 8 characters'],
    ['approve --only u:a', 'approve wants the hash that show prints, or its first 8 characters'],
    ['reject abcdef01 --only', '--only wants a value; npm run staged -- --help lists the commands'],
    ['hold', 'hold wants an id, as show prints it: u:<user>, g:<group> or e:<group>:<user>'],
    [
      'approve abcdef01 --only u:a --except u:b',
      '--only and --except exclude each other: name the items that are meant, or those that are not',
    ],
    ...['0', '-1', 'two', '1e2', '4000'].map(
      (days) =>
        [
          `hold u:a --days ${days}`,
          `--days ${days} is no number of days: give a number up to 3650, or leave it out to hold until it is reopened`,
        ] as const,
    ),
  ];
  for (const [line, problem] of cases) {
    test(line === '' ? 'an empty one' : line, () => {
      expect(problemOf(line)).toBe(problem);
    });
  }
});

test('the usage names every command and option', () => {
  const words = ['list', 'show', 'approve', 'reject', 'hold', 'reopen', 'reconcile'];
  const options = ['--all', '--lines', '--only', '--except', '--days', '--by', '--storage'];
  for (const word of [...words, ...options]) expect(stagedUsage).toContain(word);
  for (const line of stagedUsage.split('\n')) expect(line.length).toBeLessThan(125);
});

test('columns are as wide as their widest cell, and no name can move the cursor', () => {
  const rows = [
    ['a', 'long name', 'end'],
    ['bb', 'x\u001b[2J\u202e', 'z  '],
  ];
  expect(alignColumns(['1', '2', '3'], rows)).toEqual([
    '1   2          3',
    'a   long name  end',
    'bb  x?[2J?     z',
  ]);
});

test('times are in UTC and to the minute, spans in their two largest units', () => {
  expect(describeTime(Date.UTC(2026, 2, 2, 8, 3, 59))).toBe('2026-03-02 08:03');
  const minuteMs = 60_000;
  const spans = [59_999, minuteMs, 61 * minuteMs, 25 * 60 * minuteMs, 7 * 24 * 60 * minuteMs];
  expect(spans.map(describeSpan)).toEqual([
    'less than a minute',
    '1 min',
    '1 h 1 min',
    '1 d 1 h',
    '7 d 0 h',
  ]);
});
