/** The JSON of an injected failure, in the shape that Dropbox gives it. */
export function buildFailure(
  status: number,
  path: string,
  headers: { readonly [name: string]: string },
): { readonly headers: { readonly [name: string]: string }; readonly body: string } {
  const value = path.startsWith('/oauth2/') ? describeOauth(status) : describeApi(status);
  return { headers, body: JSON.stringify(value) };
}

function describeOauth(status: number) {
  const errors: { readonly [status: number]: string } = {
    400: 'invalid_grant',
    401: 'invalid_client',
    429: 'temporarily_unavailable',
    503: 'temporarily_unavailable',
  };
  return {
    error: errors[status] ?? 'server_error',
    error_description: `injected failure ${status}`,
  };
}

function describeApi(status: number) {
  if (status === 429) {
    return {
      error_summary: 'too_many_requests/..',
      error: { reason: { '.tag': 'too_many_requests' }, retry_after: 1 },
    };
  }
  if (status === 401) {
    return {
      error_summary: 'invalid_access_token/.',
      error: { '.tag': 'invalid_access_token' },
    };
  }
  if (status === 403) {
    const error = {
      '.tag': 'invalid_account_type',
      invalid_account_type: { '.tag': 'feature' },
    };
    return { error_summary: 'invalid_account_type/feature/', error };
  }
  return { error_summary: 'other/...', error: { '.tag': 'other' } };
}
