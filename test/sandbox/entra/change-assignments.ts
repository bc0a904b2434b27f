import { readInState, writeToggle, type ChangeWriter } from './change-writer.ts';
import { DirectoryInputError } from './directory-input-error.ts';
import { defaultAccessRoleId, type DirectoryApp, type DirectoryChange } from './directory-types.ts';
import { buildAssignmentId } from './load-tenant.ts';
import { readAt } from './tenant.ts';

type ChangeOf<Op extends DirectoryChange['op']> = Extract<DirectoryChange, { readonly op: Op }>;
type PrincipalType = 'User' | 'Group' | 'ServicePrincipal';

/** Gives one principal one app role; a grant that is there already stays. */
export function assign(writer: ChangeWriter, change: ChangeOf<'assign'>, place: string): void {
  const { tenant } = writer;
  const { principalId } = change;
  const principalType = findType(writer, change, place);
  const appRoleId = findRole(readApp(writer), change.appRoleId, `${place}.appRoleId`);
  let link = tenant.assignments.find(
    (known) => known.principalId === principalId && known.appRoleId === appRoleId,
  );
  if (link === undefined) {
    const id = buildAssignmentId(tenant.assignments.length, tenant.epoch);
    link = { id, principalId, principalType, appRoleId, createdAt: writer.now, toggles: [] };
    tenant.assignments.push(link);
    writer.onUndo(() => tenant.assignments.pop());
  }
  writeToggle(writer, link.toggles, true, { kind: 'other' });
}

function findType(
  { tenant }: ChangeWriter,
  { principalId, principalType }: ChangeOf<'assign'>,
  place: string,
): PrincipalType {
  const found = tenant.users.has(principalId) ? 'User' : 'Group';
  const type = principalType ?? found;
  if (type === 'ServicePrincipal') return type;
  if (type !== found) {
    throw new DirectoryInputError(`${place}.principalType`, `${principalId} is no ${type}`);
  }
  const object = tenant.users.get(principalId) ?? tenant.groups.get(principalId);
  readInState(object, ['live'], `${place}.principalId`);
  return type;
}

function findRole(app: DirectoryApp, wanted: string | undefined, place: string): string {
  if (wanted === undefined) {
    const first = app.appRoles.find(
      ({ isEnabled, allowedMemberTypes }) =>
        isEnabled !== false && (allowedMemberTypes ?? ['User']).includes('User'),
    );
    return first?.id ?? defaultAccessRoleId;
  }
  if (wanted !== defaultAccessRoleId && !app.appRoles.some(({ id }) => id === wanted)) {
    throw new DirectoryInputError(place, `the application has no role ${wanted}`);
  }
  return wanted;
}

/** Takes one role away, or all of the principal's. Throws where the principal holds none of them. */
export function unassign(writer: ChangeWriter, change: ChangeOf<'unassign'>, place: string): void {
  const held = writer.tenant.assignments.filter(
    ({ principalId, appRoleId }) =>
      principalId === change.principalId &&
      (change.appRoleId === undefined || appRoleId === change.appRoleId),
  );
  if (held.length === 0) {
    throw new DirectoryInputError(`${place}.principalId`, 'never held such an assignment');
  }
  for (const { toggles } of held) writeToggle(writer, toggles, false, { kind: 'other' });
}

/** Adds an app role, or changes the one with that id. */
export function setRole(writer: ChangeWriter, change: ChangeOf<'setRole'>, place: string): void {
  const { op: _, ...fields } = change;
  const app = readApp(writer);
  const old = app.appRoles.find(({ id }) => id === change.id);
  const displayName = change.displayName ?? old?.displayName;
  if (displayName === undefined) {
    throw new DirectoryInputError(`${place}.displayName`, 'a new role needs one');
  }
  const role = { ...old, ...fields, displayName };
  const appRoles =
    old === undefined
      ? [...app.appRoles, role]
      : app.appRoles.map((known) => (known.id === change.id ? role : known));
  const { app: history } = writer.tenant;
  history.push({ version: writer.append({ kind: 'other' }), value: { ...app, appRoles } });
  writer.onUndo(() => history.pop());
}

function readApp({ tenant }: ChangeWriter): DirectoryApp {
  const app = readAt(tenant.app, Infinity);
  if (app === undefined) throw new Error('cannot read the application: the tenant has none');
  return app;
}
