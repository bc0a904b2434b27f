import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tableNames } from '../../shared/model/table-names.ts';
import { batchHash } from '../../shared/plan/batch-hash.ts';
import { loadBatchDecisions } from '../../shared/rows/decisions.ts';
import { saveBatch, type Batch } from '../../shared/rows/batches.ts';
import { createAzureTables, type AzureTables } from '../../shared/storage/azure-tables.ts';
import { createMemoryLog } from '../memory/memory-log.ts';
import { startAzurite, type Azurite } from '../tools/azurite.ts';

const script = fileURLToPath(new URL('../../functions/staged.cli.ts', import.meta.url));
const nobodyThere =
  'DefaultEndpointsProtocol=http;AccountName=a;AccountKey=aaaa;TableEndpoint=http://127.0.0.1:1/a';

let azurite: Azurite;
let tables: AzureTables;
let folder = '';

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'staged-'));
  azurite = await startAzurite();
  const { connectionString } = azurite;
  tables = createAzureTables({ connection: { connectionString }, log: createMemoryLog() });
});
afterAll(async () => {
  await azurite.stop();
  rmSync(folder, { recursive: true });
});

interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly problem: string;
}

/** The process that `npm run staged` starts, in a folder and an environment of its own. */
async function staged(
  words: readonly string[],
  env: { readonly [name: string]: string } = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [script, ...words], { cwd: folder, env: { ...env } });
  let output = '';
  let problem = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString('utf8');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    problem += chunk.toString('utf8');
  });
  const code = await new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  return { code, output, problem };
}

const items = [
  { id: 'u:ada', effect: 'suspend', since: 0, code: 'blocked', detail: 'blocked' },
] as const;
const hash = batchHash(items);

function buildBatch(): Batch {
  const now = Date.now();
  const about = {
    part: 'said',
    kind: 'people',
    count: 1,
    reason: 'a test',
    state: 'open',
  } as const;
  return { id: 'one', hash, ...about, createdAt: now, expiresAt: now + 86_400_000 };
}

describe('npm run staged', () => {
  test('finds the storage by an option, the environment or local.settings.json, and a person decides', async () => {
    const storage = azurite.connectionString;
    const never = await staged(['list'], { AzureWebJobsStorage: storage });
    expect(never).toMatchObject({ code: 1, output: '' });
    expect(never.problem).toMatch(
      /the environment has none of the app's tables .*start the app once/,
    );

    await tables.createTables(tableNames);
    await saveBatch(tables, buildBatch(), items);
    const listed = await staged(['list', '--storage', storage]);
    expect(listed).toMatchObject({ code: 0, problem: '' });
    expect(listed.output).toMatch(/^one +people +said +1 .* waits +a test$/m);

    const file = path.join(folder, 'local.settings.json');
    writeFileSync(file, JSON.stringify({ Values: { AzureWebJobsStorage: storage } }));
    expect((await staged(['show', 'one'])).output).toContain(`hash     ${hash}`);
    const decided = await staged(['approve', hash.slice(0, 8), '--by', 'olga']);
    expect(decided).toMatchObject({ code: 0, problem: '' });
    expect(decided.output).toContain('approved by olga: 1 of 1 item in batch one');
    expect(decided.output).toContain('But no cycle has ever run on this storage');
    expect((await loadBatchDecisions(tables, 'one')).get('*')).toMatchObject({
      verdict: 'approve',
      by: 'olga',
      hash,
    });

    const outweighed = await staged(['list'], { AzureWebJobsStorage: nobodyThere });
    expect(outweighed.problem).toMatch(/the storage named by the environment does not answer/);
    writeFileSync(file, '{');
    expect((await staged(['list'])).problem).toMatch(
      /^cannot read local\.settings\.json: .*--storage/,
    );
    rmSync(file);
  });

  test('says which setting is missing, and exits with 1', async () => {
    const { code, problem } = await staged(['list']);
    expect(code).toBe(1);
    expect(problem).toBe(
      'AzureWebJobsStorage is missing: set it to a connection string (locally), or set AzureWebJobsStorage__accountName (in Azure)\n' +
        'or name the storage with --storage <connection string>\n',
    );
  });

  test('refuses a connection string that is none without repeating it', async () => {
    const { code, problem } = await staged(['list', '--storage', 'hush']);
    expect(code).toBe(1);
    expect(problem).toMatch(/^--storage is no connection string: copy one/);
    expect(problem).not.toContain('hush');
  });

  test('without a key says how to sign in, where nobody is', async () => {
    const env = { AzureWebJobsStorage__accountName: 'nobody', PATH: folder, HOME: folder };
    const { code, problem } = await staged(['list'], env);
    expect(code).toBe(1);
    expect(problem).toMatch(/^you are not signed in to Azure: run "az login"/);
  });

  test('shows its usage, and exits with 0', async () => {
    const { code, output } = await staged(['--help']);
    expect(code).toBe(0);
    expect(output).toMatch(/^npm run staged -- <command>/);
  });
});
