import { expect, test } from 'vitest';

import { TransientError } from '../../shared/model/errors.ts';
import { appId, catchError, createScriptedGraph, json } from './scripted-graph.ts';

const graph = 'https://graph.microsoft.com/v1.0';

test('the app is found by its application id, with the roles for users and groups', async () => {
  const role = {
    displayName: 'R',
    value: 'r',
    isEnabled: true,
    description: null,
    origin: 'Application',
  };
  const { reader, requests } = createScriptedGraph([
    json({
      id: 'sp',
      appId,
      displayName: 'Dropbox',
      accountEnabled: true,
      appRoleAssignmentRequired: true,
      appRoles: [
        { ...role, id: 'user', allowedMemberTypes: ['User'] },
        {
          ...role,
          id: 'both',
          value: null,
          isEnabled: false,
          allowedMemberTypes: ['Application', 'User'],
        },
        { ...role, id: 'app', allowedMemberTypes: ['Application'] },
      ],
    }),
  ]);
  expect(await reader.readApp()).toEqual({
    id: 'sp',
    displayName: 'Dropbox',
    roles: [
      { id: 'user', value: 'r', displayName: 'R', isEnabled: true },
      { id: 'both', value: null, displayName: 'R', isEnabled: false },
    ],
  });
  expect(requests.map((request) => request.url)).toEqual([
    `${graph}/servicePrincipals(appId='${appId}')?$select=id,appId,displayName,accountEnabled,appRoleAssignmentRequired,appRoles`,
  ]);
});

test('assignments are read page by page, all three kinds of principal', async () => {
  const nextLink = `${graph}/servicePrincipals(appId='${appId}')/appRoleAssignedTo?$top=999&$skiptoken=a%2Fb`;
  const item = { id: 'x', appRoleId: 'role', resourceId: 'sp', principalDisplayName: 'Name' };
  const { reader, requests } = createScriptedGraph([
    json({
      value: [
        { ...item, principalId: 'ada', principalType: 'User' },
        { ...item, principalId: 'design', principalType: 'Group' },
      ],
      '@odata.nextLink': nextLink,
    }),
    json({
      value: [
        {
          ...item,
          principalId: 'bot',
          principalType: 'ServicePrincipal',
          principalDisplayName: null,
        },
      ],
    }),
  ]);
  const first = await reader.readAssignments();
  const second = await reader.readAssignments(first.nextLink);
  expect(first.items).toEqual([
    { principalId: 'ada', principalKind: 'user', principalName: 'Name', roleId: 'role' },
    { principalId: 'design', principalKind: 'group', principalName: 'Name', roleId: 'role' },
  ]);
  expect(second).toEqual({
    items: [
      { principalId: 'bot', principalKind: 'servicePrincipal', principalName: '', roleId: 'role' },
    ],
  });
  expect(requests.map((request) => request.url)).toEqual([
    `${graph}/servicePrincipals(appId='${appId}')/appRoleAssignedTo?$top=999`,
    nextLink,
  ]);
});

test('an assignment to something unknown is not passed over', async () => {
  const item = { principalId: 'x', principalType: 'Robot', appRoleId: 'role' };
  const { reader } = createScriptedGraph([json({ value: [item] })]);
  expect(await catchError(reader.readAssignments())).toBeInstanceOf(TransientError);
});

test('a list page that is its own next page counts as none', async () => {
  const nextLink = `${graph}/servicePrincipals(appId='${appId}')/appRoleAssignedTo?$skiptoken=1`;
  const { reader } = createScriptedGraph([json({ value: [], '@odata.nextLink': nextLink })]);
  expect(await catchError(reader.readAssignments(nextLink))).toBeInstanceOf(TransientError);
});
