import { describe, expect, test } from 'vitest';
import { parseOptions } from './options.ts';

function problems(...args: readonly string[]): readonly string[] {
  const parsed = parseOptions(args);
  return parsed.kind === 'wrong' ? parsed.problems : [];
}

describe('the options of npm start', () => {
  test('have defaults that stay up with a company of 1,000', () => {
    expect(parseOptions([])).toEqual({
      kind: 'run',
      options: {
        once: false,
        users: 1000,
        groups: 40,
        seed: 7,
        latencyMs: 0,
        timeoutSeconds: 600,
        schedule: '*/2 * * * * *',
        given: new Set(),
      },
    });
  });

  test('are all read', () => {
    const line =
      '--once --users 5 --groups=1 --seed 9 --latency 20 --state s --report r.json --timeout 60';
    expect(parseOptions([...line.split(' '), '--schedule', '0 */5 * * * *'])).toMatchObject({
      options: {
        once: true,
        users: 5,
        groups: 1,
        seed: 9,
        latencyMs: 20,
        stateDirectory: 's',
        reportPath: 'r.json',
        timeoutSeconds: 60,
        schedule: '0 */5 * * * *',
      },
    });
  });

  test('give help whatever else is there', () => {
    expect(parseOptions(['--users', '3', '--help'])).toEqual({ kind: 'help' });
  });

  test('that are wrong are all named at once', () => {
    expect(problems('--users', 'many', '--sead', '3', '--timeout', '0', 'once')).toEqual([
      '--sead: there is no such option',
      '3: options begin with --',
      'once: options begin with --',
      '--users: must be a whole number',
      '--timeout: must be more than 0',
    ]);
  });

  test('without their value are not taken for the next option', () => {
    expect(problems('--state', '--once')).toEqual(['--state: a value is missing']);
    expect(problems('--users')).toEqual(['--users: a value is missing']);
  });

  test.each(['* * * * *', 'every minute', ''])('refuse the schedule "%s"', (schedule) => {
    expect(problems('--schedule', schedule)).toEqual([
      '--schedule: must have six fields, seconds first, as in "*/2 * * * * *"',
    ]);
  });

  test('refuse worlds that no machine holds', () => {
    expect(problems('--users', '1000000')).toEqual(['--users: must be at most 200000']);
  });
});
