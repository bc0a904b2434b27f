/**
 * Whether this cause of a failed fetch is one of looking up the name or of connecting. The system call decides, not the code: a
 * time-out or an unreachable host is also reported on a connection that has long carried the request. An AggregateError stands for
 * several addresses.
 */
export function isNeverSent(cause: unknown): boolean {
  if (cause instanceof AggregateError) {
    return cause.errors.length > 0 && cause.errors.every(isNeverSent);
  }
  const call = readField(cause, 'syscall');
  if (call === 'connect' || call === 'getaddrinfo') return true;
  return readField(cause, 'code') === 'UND_ERR_CONNECT_TIMEOUT';
}

/** A text field of an error, as Node's system errors have them. */
export function readField(
  value: unknown,
  name: 'code' | 'message' | 'syscall',
): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const field: unknown = Reflect.get(value, name);
  return typeof field === 'string' ? field : undefined;
}
