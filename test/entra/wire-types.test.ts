import type { BatchRequestData } from '@microsoft/microsoft-graph-client';
import type {
  AppRoleAssignment,
  Group,
  ServicePrincipal,
  User,
} from '@microsoft/microsoft-graph-types';
import { expect, test } from 'vitest';
import {
  appSchema,
  assignmentSchema,
  createUserSchema,
  groupSchema,
} from '../../shared/entra/graph-schemas.ts';
import { mappedUserAttributes } from '../../shared/mapping/map-user.ts';
import { batch, createScriptedGraph, readParts } from './scripted-graph.ts';

// The type check decides whether these are what Graph calls them: a name that Microsoft's own types do not know fails there.
const mapped: readonly (keyof User)[] = mappedUserAttributes;

test('a user of the official types is read with the properties of the mapping', () => {
  const ada: User = {
    id: 'ada',
    mail: null,
    givenName: 'Ada',
    surname: 'Lovelace',
    accountEnabled: true,
  };
  expect(createUserSchema(mapped).parse(ada)).toEqual({
    id: 'ada',
    attributes: { mail: null, givenName: 'Ada', surname: 'Lovelace' },
  });
});

test('an app, an assignment and a group of the official types are read', () => {
  const app: ServicePrincipal = {
    id: 'app',
    displayName: 'Dropbox',
    appRoles: [{ id: 'r1', value: null, isEnabled: true, allowedMemberTypes: ['User'] }],
  };
  const assignment: AppRoleAssignment = {
    principalId: 'design',
    principalType: 'Group',
    principalDisplayName: 'Design',
    appRoleId: 'r1',
  };
  const group: Group = { id: 'design', displayName: null };
  expect(appSchema.parse(app)).toMatchObject({ id: 'app', roles: [{ id: 'r1', isEnabled: true }] });
  expect(assignmentSchema.parse(assignment)).toEqual({
    principalId: 'design',
    principalKind: 'group',
    principalName: 'Design',
    roleId: 'r1',
  });
  expect(groupSchema.parse(group)).toEqual({ id: 'design', displayName: null });
});

test('a record of the official types is a witness, and its question is a batch of the official client', async () => {
  const ada: User = {
    id: 'ada',
    accountEnabled: true,
    userPrincipalName: 'ada@contoso.com',
    mail: null,
  };
  const { reader, requests } = createScriptedGraph([
    batch((part) => ({
      status: 200,
      body: part.method === 'GET' ? ada : { '@odata.context': 'x', value: ['design'] },
    })),
  ]);
  const answers = await reader.readWitness([{ userId: 'ada', groupIds: ['design'] }]);
  expect(answers.get('ada')).toEqual({
    kind: 'answered',
    user: { id: 'ada', attributes: ada },
    memberOf: ['design'],
  });
  const parts: readonly BatchRequestData[] = readParts(requests[0]).map((part) => ({
    ...part,
    body: JSON.stringify(part.body),
  }));
  expect(parts).toHaveLength(2);
});
