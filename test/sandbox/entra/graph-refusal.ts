/** Thrown inside the emulator where Graph answers with an error; it becomes that answer in one place. */
export class GraphRefusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: { readonly [name: string]: string };
  constructor(
    status: number,
    code: string,
    message: string,
    headers: { readonly [name: string]: string } = {},
  ) {
    super(message);
    this.name = 'GraphRefusal';
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** 400 for a query that Graph does not support on this resource. */
export function refuseQuery(message: string): GraphRefusal {
  return new GraphRefusal(400, 'Request_UnsupportedQuery', message);
}

/** 404 for an object that is not there, or is in the deleted items. */
export function refuseMissing(id: string): GraphRefusal {
  return new GraphRefusal(
    404,
    'Request_ResourceNotFound',
    `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`,
  );
}

/** 400 for a page whose token is no longer good, in a stream or a list. */
export function refuseExpiredPage(): GraphRefusal {
  return new GraphRefusal(
    400,
    'Directory_ExpiredPageToken',
    'The specified page token value has expired and can no longer be included in your request.',
  );
}

/** 403 for a permission that the token lacks. */
export function refusePermission(): GraphRefusal {
  return new GraphRefusal(
    403,
    'Authorization_RequestDenied',
    'Insufficient privileges to complete the operation.',
  );
}

/** 501 for a part of Graph that this emulator does not have: louder than a guess. */
export function refuseUnmodelled(what: string): GraphRefusal {
  return new GraphRefusal(501, 'NotModelled', `entra emulator: ${what} is not modelled`);
}
