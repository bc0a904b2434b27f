import type { z } from 'zod';

import { PageExpiredError } from '../model/errors.ts';
import type { Clock, EntraReader, Log, Random, Send } from '../model/ports.ts';
import type { StreamPage } from '../model/source.ts';
import { NotFoundError } from './graph-errors.ts';
import type { Asked } from './graph-errors.ts';
import { isOwnLink, joinSelect, parseGraphRoot, quoteValue } from './graph-link.ts';
import type { GraphRoot } from './graph-link.ts';
import type { GraphCredential } from './graph-middleware.ts';
import {
  appSchema,
  assignmentSchema,
  createListSchema,
  createStreamSchema,
  createUserChangeSchema,
  createUserSchema,
  groupChangeSchema,
} from './graph-schemas.ts';
import { createGraphSession } from './graph-session.ts';
import type { Question } from './graph-session.ts';
import type { ReaderContext } from './reader-context.ts';
import { readByIds } from './read-by-ids.ts';
import { consistencyHeaders, membersPermissions, readFirstMembers } from './read-first-members.ts';
import { readWitness } from './read-witness.ts';

export interface EntraReaderOptions {
  /** The root of a Graph cloud or of an emulator, without a version: `https://graph.microsoft.com`, `http://127.0.0.1:1234`. */
  readonly baseUrl: string;
  /** Application (client) id of the enterprise application. */
  readonly appId: string;
  /** Graph properties of a user that the mapping needs; id, accountEnabled and userPrincipalName are read in any case. */
  readonly attributes: readonly string[];
  readonly credential: GraphCredential;
  readonly send: Send;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

const requiredNames = ['id', 'accountEnabled', 'userPrincipalName'];

const usersStream: Asked = { subject: 'the users stream', permission: 'User.Read.All' };
const groupsStream: Asked = { subject: 'the groups stream', permission: 'GroupMember.Read.All' };

/**
 * Entra by Microsoft Graph v1.0. Each HTTP request has a time-out, each read three attempts within 90 seconds; a longer wait that Graph
 * asks for comes back as ThrottledError or TransientError. An answer that is cut off, lacks something or leads to another place than
 * `baseUrl` counts as no answer. Throws where `baseUrl` is no URL.
 */
export function createEntraReader(options: EntraReaderOptions): EntraReader {
  const root = parseGraphRoot(options.baseUrl);
  const context: ReaderContext = {
    session: createGraphSession({ ...options, root }),
    root,
    appId: options.appId,
    names: [...new Set([...requiredNames, ...options.attributes])],
    clock: options.clock,
    log: options.log,
  };
  const userChange = createUserChangeSchema(context.names);
  return {
    readApp: () => readApp(context),
    readAssignments: (nextLink) => readAssignments(context, nextLink),
    readLatestLink: (stream) => readLatestLink(context, stream),
    readUserChanges: (link) => readStreamPage(context, usersStream, userChange, link),
    readGroupChanges: (link) => readStreamPage(context, groupsStream, groupChangeSchema, link),
    readFirstMembers: (groupIds) => readFirstMembers(groupIds, context),
    readMoreMembers: (nextLink) => readMoreMembers(context, nextLink),
    readByIds: (ids) => readByIds(ids, context),
    readWitness: (questions) => readWitness(questions, context),
  };
}

async function readApp(context: ReaderContext) {
  const query = {
    $select: 'id,appId,displayName,accountEnabled,appRoleAssignmentRequired,appRoles',
  };
  const target = { kind: 'path', path: appPath(context.appId), query } as const;
  const question = askApp('the enterprise application', target);
  return await namingTheApp(context, context.session.read(question, appSchema));
}

async function readAssignments(context: ReaderContext, nextLink: string | undefined) {
  const path = `${appPath(context.appId)}/appRoleAssignedTo`;
  const target =
    nextLink === undefined
      ? ({ kind: 'path', path, query: { $top: '999' } } as const)
      : ({ kind: 'link', link: nextLink } as const);
  const question = askApp('the assignments of the enterprise application', target);
  const schema = createListSchema(assignmentSchema, isUsable(context.root, nextLink));
  return await namingTheApp(context, context.session.read(question, schema));
}

function appPath(appId: string): string {
  return `/servicePrincipals(appId=${quoteValue(appId)})`;
}

function askApp(subject: string, target: Question['target']): Question {
  return { subject, permission: 'Application.Read.All', target };
}

async function namingTheApp<T>(context: ReaderContext, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    const message = `there is no enterprise application with application id ${context.appId} in this tenant`;
    throw new Error(message, { cause: error });
  }
}

async function readLatestLink(context: ReaderContext, stream: 'users' | 'groups') {
  const select =
    stream === 'users' ? joinSelect(context.names) : joinSelect(['id', 'displayName', 'members']);
  const question: Question = {
    ...(stream === 'users' ? usersStream : groupsStream),
    target: {
      kind: 'path',
      path: `/${stream}/delta`,
      query: { $deltatoken: 'latest', $select: select },
    },
  };
  const item = createUserSchema([]);
  const schema = createStreamSchema(item, isUsable(context.root, undefined)).refine(
    (page) => page.next.kind === 'delta',
    'no deltaLink although the latest one was asked for',
  );
  const page = await context.session.read(question, schema);
  return page.next.link;
}

async function readStreamPage<T>(
  context: ReaderContext,
  stream: Asked,
  item: z.ZodType<T>,
  link: string,
): Promise<StreamPage<T>> {
  // Calling a deltaLink may well answer with the same deltaLink, but a page that is its own next page has no end.
  const schema = createStreamSchema(item, isUsable(context.root, undefined)).refine(
    ({ next }) => next.kind === 'delta' || next.link !== link,
    'the nextLink leads to the same page',
  );
  return await context.session.read({ ...stream, target: { kind: 'link', link } }, schema);
}

async function readMoreMembers(context: ReaderContext, nextLink: string) {
  const question: Question = {
    subject: 'further members of a group',
    ...membersPermissions,
    target: { kind: 'link', link: nextLink },
    // A nextLink does not carry the header: https://learn.microsoft.com/graph/aad-advanced-queries
    headers: consistencyHeaders,
  };
  const schema = createListSchema(
    createUserSchema(context.names),
    isUsable(context.root, nextLink),
  );
  try {
    return await context.session.read(question, schema);
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    // The group went while its members were read: its first page will say so.
    throw new PageExpiredError(error.message, { cause: error });
  }
}

/** Which links of an answer may be followed: own ones, and not the one that was just called. */
function isUsable(root: GraphRoot, called: string | undefined) {
  return (link: string): boolean => link !== called && isOwnLink(link, root);
}
