import type { RuleAnswer } from '../wire/rules.ts';
import type { WireRequest } from '../wire/types.ts';
import type { DropboxState } from './call.ts';
import type { Member } from './member.ts';
import { teamAdminRoleId } from './role-catalogue.ts';
import type { DropboxSettings } from './settings.ts';

interface AuthorizeContext extends Pick<DropboxState, 'grants' | 'team'> {
  readonly settings: DropboxSettings;
  readonly headers: { readonly [name: string]: string };
}

/**
 * `GET /oauth2/authorize`: consents or declines at once, as the settings say, in the name of `authorizingEmail` or the first admin. Without
 * a redirect URI the page shows the code. What is wrong with the app itself is shown on the page and never redirected.
 */
export function answerAuthorize(request: WireRequest, context: AuthorizeContext): RuleAnswer {
  const { searchParams: query } = new URL(request.url, 'http://dropbox.invalid');
  const redirectUri = query.get('redirect_uri') ?? undefined;
  const problem = findProblem(request, query, context.settings);
  if (problem !== undefined) return showPage(context, 400, problem);
  if (context.settings.consent === 'deny') {
    return finish(context, redirectUri, {
      error: 'access_denied',
      error_description: 'The user chose not to give your app access to their Dropbox account.',
      ...readState(query),
    });
  }
  const admin = findAuthorizer(context);
  if (admin === undefined) {
    return showPage(context, 403, 'Only a team admin can connect this app to a team.');
  }
  const { appScopes } = context.settings;
  const scopes = readScopes(query.get('scope')) ?? appScopes;
  const beyond = scopes.find((scope) => !appScopes.includes(scope));
  if (beyond !== undefined) {
    return showPage(context, 400, `invalid_scope: the app does not have ${beyond}`);
  }
  const code = issueCode(context, query, { admin, scopes });
  return { ...finish(context, redirectUri, { code, ...readState(query) }), wrote: true };
}

/** The scopes that a parameter names; undefined where it is left out. */
export function readScopes(parameter: string | null): readonly string[] | undefined {
  return parameter?.split(' ').filter((scope) => scope !== '');
}

function issueCode(
  { grants }: AuthorizeContext,
  query: URLSearchParams,
  { admin, scopes }: { readonly admin: Member; readonly scopes: readonly string[] },
): string {
  const redirectUri = query.get('redirect_uri');
  const challenge = query.get('code_challenge');
  const { code } = grants.issueCode({
    ...(redirectUri === null ? {} : { redirectUri }),
    ...(challenge === null ? {} : { challenge }),
    scopes,
    isOffline: query.get('token_access_type') === 'offline',
    adminId: admin.memberId,
  });
  return code;
}

function readState(query: URLSearchParams): { readonly [name: string]: string } {
  const state = query.get('state');
  return state === null ? {} : { state };
}

function findProblem(
  request: WireRequest,
  query: URLSearchParams,
  settings: DropboxSettings,
): string | undefined {
  const redirectUri = query.get('redirect_uri');
  const method = query.get('code_challenge_method');
  const problems: readonly (readonly [boolean, string])[] = [
    [request.method !== 'GET', 'The method must be GET.'],
    [query.get('client_id') !== settings.appKey, 'Invalid client_id'],
    [query.get('response_type') !== 'code', 'Invalid response_type'],
    [
      redirectUri !== null && !settings.redirectUris.includes(redirectUri),
      `Invalid redirect_uri: "${redirectUri ?? ''}": it must exactly match one of the redirect URIs you've pre-configured for your app`,
    ],
    [Buffer.byteLength(query.get('state') ?? '') > 500, 'state is longer than 500 bytes'],
    [
      !['online', 'offline', 'legacy', null].includes(query.get('token_access_type')),
      'Invalid token_access_type',
    ],
    [query.has('code_challenge') && method !== 'S256', 'Invalid code_challenge_method'],
  ];
  return problems.find(([isProblem]) => isProblem)?.[1];
}

function findAuthorizer({ team, settings }: AuthorizeContext): Member | undefined {
  const { authorizingEmail } = settings;
  if (authorizingEmail === '') return team.members.readAdmins()[0];
  const member = team.members.readByAddress(authorizingEmail.toLowerCase());
  return member?.status === 'active' && member.roleId === teamAdminRoleId ? member : undefined;
}

function finish(
  context: AuthorizeContext,
  redirectUri: string | undefined,
  parameters: { readonly [name: string]: string },
): RuleAnswer {
  if (redirectUri === undefined) {
    const shown = parameters['code'] ?? parameters['error'] ?? '';
    return showPage(context, 200, `Enter this code in the app: ${shown}`);
  }
  const location = new URL(redirectUri);
  for (const [name, value] of Object.entries(parameters)) location.searchParams.set(name, value);
  return {
    response: {
      status: 302,
      headers: { ...context.headers, location: location.href },
      body: '',
    },
    wrote: false,
  };
}

function showPage({ headers }: AuthorizeContext, status: number, text: string): RuleAnswer {
  const safe = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return {
    response: {
      status,
      headers: { ...headers, 'content-type': 'text/html; charset=utf-8' },
      body: `<!doctype html><html><body><p>${safe}</p></body></html>`,
    },
    wrote: false,
  };
}
