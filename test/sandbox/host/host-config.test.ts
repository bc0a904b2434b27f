import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, expect, test } from 'vitest';

import { readHostConfig, type Settings } from './host-config.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function read(hostJson: string, settings: Settings = {}): ReturnType<typeof readHostConfig> {
  const folder = mkdtempSync(path.join(tmpdir(), 'host-config-'));
  folders.push(folder);
  writeFileSync(path.join(folder, 'host.json'), hostJson);
  return readHostConfig(folder, settings);
}

test('a host.json with nothing but its version has the defaults of the real host', () => {
  expect(read('{"version":"2.0"}')).toEqual({
    kind: 'config',
    config: {
      queues: {
        batchSize: 16,
        newBatchThreshold: 8,
        maxDequeueCount: 5,
        visibilityTimeoutMs: 0,
        maxPollingIntervalMs: 60_000,
        messageEncoding: 'base64',
      },
      routePrefix: 'api',
      functionTimeoutMs: 1_800_000,
      logLevel: {},
    },
  });
});

test('settings override host.json, whatever the case of their names', () => {
  const result = read(
    '{"version":"2.0","functionTimeout":"-1","extensions":{"queues":{"batchSize":4}}}',
    {
      AzureFunctionsJobHost__extensions__queues__BATCHSIZE: '9',
      'AzureFunctionsJobHost:extensions:http:routePrefix': '/v1/',
      AzureFunctionsJobHost__extensions__queues__visibilityTimeout: '00:00:07',
    },
  );
  expect(result).toMatchObject({
    kind: 'config',
    config: { queues: { batchSize: 9, newBatchThreshold: 4, visibilityTimeoutMs: 7000 } },
  });
  expect(result).toMatchObject({ config: { routePrefix: 'v1' } });
  expect(result.kind === 'config' && 'functionTimeoutMs' in result.config).toBe(false);
});

test('every wrong value is named with its place, unknown keys are not', () => {
  const result = read(
    JSON.stringify({
      version: '2.0',
      functionTimeout: 'soon',
      colour: 'blue',
      extensions: {
        queues: {
          batchSize: 64,
          maxDequeueCount: 0,
          visibilityTimeout: '5',
          messageEncoding: 'hex',
        },
      },
    }),
  );
  const problems = result.kind === 'problems' ? result.problems : [];
  expect(problems).toHaveLength(5);
  for (const place of [
    'functionTimeout',
    'extensions.queues.batchSize',
    'extensions.queues.maxDequeueCount',
    'extensions.queues.visibilityTimeout',
    'extensions.queues.messageEncoding',
  ]) {
    expect(
      problems.some((problem) => problem.includes(`${place}:`)),
      place,
    ).toBe(true);
  }
});

test('a host.json that is missing, malformed or of another version is a problem', () => {
  expect(read('{"version":').kind).toBe('problems');
  expect(read('[]').kind).toBe('problems');
  expect(read('{}').kind).toBe('problems');
  expect(readHostConfig('/does-not-exist', {}).kind).toBe('problems');
});

test("this project's host.json keeps the pressure on Dropbox low and sends messages as base64", () => {
  const root = path.resolve(import.meta.dirname, '../../..');
  expect(readHostConfig(root, {})).toMatchObject({
    kind: 'config',
    config: {
      routePrefix: 'api',
      functionTimeoutMs: 600_000,
      queues: {
        batchSize: 4,
        newBatchThreshold: 0,
        maxDequeueCount: 5,
        visibilityTimeoutMs: 5000,
        maxPollingIntervalMs: 2000,
        messageEncoding: 'base64',
      },
    },
  });
});
