import { TransientError } from '../model/errors.ts';
import { saveRequest } from '../rows/requests.ts';
import { toPlainText } from './columns.ts';
import { decideBatch } from './decide-batch.ts';
import { holdIdentity, reopenIdentity } from './decide-identity.ts';
import { describeStop } from './describe-job.ts';
import { listBatches } from './list-batches.ts';
import { showBatch } from './show-batch.ts';
import type { StagedCommand } from './staged-command.ts';
import type { StagedDeps } from './staged-deps.ts';
import { StagedProblem } from './staged-problem.ts';

/**
 * Carries out one command about what waits for a person to decide. Throws StagedProblem where it cannot: unknown, expired, closed or
 * ambiguous batches, foreign ids, storage that does not answer or is not the app's.
 */
export async function runStaged(command: StagedCommand, deps: StagedDeps): Promise<void> {
  try {
    await run(command, deps);
  } catch (error) {
    throw toProblem(error, deps);
  }
}

function run(command: StagedCommand, deps: StagedDeps): Promise<void> {
  switch (command.name) {
    case 'list':
      return listBatches(deps, command);
    case 'show':
      return showBatch(deps, command);
    case 'approve':
    case 'reject':
      return decideBatch(deps, command);
    case 'hold':
      return holdIdentity(deps, command);
    case 'reopen':
      return reopenIdentity(deps, command);
    case 'reconcile':
      return askToReconcile(deps);
  }
}

async function askToReconcile({ tables, clock, by, say }: StagedDeps): Promise<void> {
  await saveRequest(tables, { at: clock.now(), by });
  say(`asked for by ${by}: a reconciling cycle`);
  say('');
  say(
    'What happens next: the next cycle lists the Dropbox team and compares it with what was last applied. What it finds is in the',
  );
  say(
    'provisioning log, and counted in the health of the app (drift); nobody loses access by it without being judged first.',
  );
  const stop = await describeStop(tables);
  if (stop !== undefined) say(`But ${stop}: that waits until a cycle runs.`);
}

/** Errors of the storage in an operator's words; the storage is named by where it was told, never by its secret. */
function toProblem(error: unknown, { storage }: StagedDeps): unknown {
  if (!(error instanceof Error) || error instanceof StagedProblem) return error;
  const said = toPlainText(error.message);
  if (error instanceof TransientError) {
    const remedy = 'is it running, and is it the one the app uses?';
    return new StagedProblem(
      `the storage named by ${storage} does not answer (${said}): ${remedy}`,
      { cause: error },
    );
  }
  // The tables' adapter knows no better than to name the service's own code.
  if (error.message.includes('TableNotFound')) {
    const remedy = 'name the storage that the app uses, or start the app once';
    return new StagedProblem(
      `the storage named by ${storage} has none of the app's tables (${said}): ${remedy}`,
      { cause: error },
    );
  }
  if (/: 40[13]\b/.test(error.message)) {
    const remedy =
      'check the key, or ask for the role Storage Table Data Contributor on the account';
    return new StagedProblem(`the storage named by ${storage} refuses you (${said}): ${remedy}`, {
      cause: error,
    });
  }
  return error;
}
