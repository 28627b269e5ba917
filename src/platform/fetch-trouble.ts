/** What fetch hides behind "fetch failed". */

/** @param timeout milliseconds after which it was given up */
export function whyFetchFailed(error: Error, timeout: number): string {
  if (error.name === 'TimeoutError') return `no answer within ${Math.round(timeout / 1000)} seconds`;
  const cause = causeOf(error);
  // A host with several addresses has a reason for each.
  return cause?.errors?.[0]?.message || cause?.message || cause?.code || error.message;
}

/** Whether it is certain that nothing of the request arrived. */
export function wasNotSent(error: Error): boolean {
  const code = causeOf(error)?.code ?? '';
  return NO_CONNECTION.has(code) || NO_TRUST.test(code);
}

const NO_CONNECTION = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** The handshake comes before the request. */
const NO_TRUST = /CERT|SIGNATURE|^ERR_(SSL|TLS)_|^EPROTO$/;

type Cause = NodeJS.ErrnoException & { readonly errors?: readonly Error[] };

const causeOf = (error: Error) => error.cause as Cause | undefined;
