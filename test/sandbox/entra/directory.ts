import { applyChange } from './apply-change.ts';
import type { Directory, DirectoryChange } from './directory-types.ts';
import { loadTenant } from './load-tenant.ts';
import { showDirectory } from './show-directory.ts';
import type { Tenant } from './tenant.ts';

/** The truth about the tenant, for a test in the same process and for the control API. */
export interface DirectoryControl {
  /** Replaces the whole tenant: every link handed out before is worth nothing. Throws DirectoryInputError. */
  load(directory: Directory): void;
  /** Applies the changes in order, all or none. Throws DirectoryInputError, which names the place. */
  apply(changes: readonly DirectoryChange[]): void;
  /** The tenant as it is now, in the shape that `load` takes. */
  read(): Directory;
}

interface DirectoryParts {
  readonly tenant: Tenant;
  readonly clock: { now(): number };
  readonly random: { fraction(): number };
}

/** Every change is stamped with its time, and with how long it takes to be seen compared with the slowest. */
export function createDirectory({ tenant, clock, random }: DirectoryParts): DirectoryControl {
  return {
    load: (directory) => {
      loadTenant(tenant, directory, clock.now());
    },
    apply: (changes) => {
      applyAll(tenant, changes, { now: clock.now(), fraction: () => random.fraction() });
    },
    read: () => showDirectory(tenant),
  };
}

function applyAll(
  tenant: Tenant,
  changes: readonly DirectoryChange[],
  stamp: { readonly now: number; fraction(): number },
): void {
  const undoings: (() => void)[] = [];
  const writer = {
    tenant,
    now: stamp.now,
    append: (subject: Tenant['log'][number]['subject']) =>
      tenant.log.push({ at: stamp.now, jitter: stamp.fraction(), subject }),
    onUndo: (undo: () => void) => {
      undoings.push(undo);
    },
  };
  const { length } = tenant.log;
  try {
    for (const [index, change] of changes.entries()) applyChange(writer, change, index);
  } catch (error) {
    for (const undo of undoings.toReversed()) undo();
    tenant.log.length = length;
    throw error;
  }
}
