/**
 * One request for an access token: OAuth 2.0 client credentials (RFC 6749 4.4) with a secret or with a
 * signed assertion (RFC 7523 2.2), or a service account's assertion as the grant (RFC 7523 2.1). Signing
 * is jose's; the rest is one POST, and needs no more than what is here.
 */
import { createPrivateKey, randomUUID } from 'node:crypto';
import { whyFetchFailed } from '../platform/fetch-trouble.ts';

/** What proves who asks. */
export type Proof =
  | { readonly kind: 'ClientSecret'; readonly clientId: string; readonly clientSecret: string }
  | {
      readonly kind: 'Certificate';
      readonly clientId: string;
      /** PEM. */
      readonly privateKey: string;
      /** SHA-256 of the certificate, hexadecimal. */
      readonly thumbprint256: string;
    }
  | {
      readonly kind: 'ServiceAccount';
      readonly email: string;
      /** PEM. */
      readonly privateKey: string;
      readonly keyId: string | null;
      /** The user that the service account speaks for; null for itself. */
      readonly subject: string | null;
    };

export interface TokenRequest {
  readonly endpoint: string;
  readonly scope: string;
  readonly proof: Proof;
}

export interface Token {
  readonly value: string;
  /** Milliseconds since 1970, by this computer's clock. */
  readonly expiresAt: number;
}

/** Why there is no token, in a sentence for an administrator. */
export class TokenTrouble extends Error {}

const PATIENCE = 30_000;
const ASSERTION_LIFETIME = 600;
const LONGEST_ANSWER = 1_000_000;
/** Clocks that differ by more are told of. */
const TOLERATED_SKEW = 120_000;

/** @throws TokenTrouble */
export async function requestToken(request: TokenRequest, now: () => number): Promise<Token> {
  const { host } = new URL(request.endpoint);
  const form = await formOf(request, now());
  const { status, date, text } = await post(request.endpoint, host, form);
  const answer = parse(text);
  if (status !== 200) throw new TokenTrouble(refusal(host, status, answer, skewOf(date, now())));
  const { access_token: value, expires_in: lifetime, token_type: type } = answer;
  if (typeof value !== 'string' || value === '' || (typeof type === 'string' && type.toLowerCase() !== 'bearer'))
    throw new TokenTrouble(`${host} gave an answer without a bearer token; see the token endpoint of the connector`);
  const seconds = Number(lifetime);
  // RFC 6749 5.1 only recommends expires_in; what does not say it is asked again soon.
  return { value, expiresAt: now() + (seconds > 0 ? seconds : 600) * 1000 };
}

async function formOf({ endpoint, scope, proof }: TokenRequest, now: number): Promise<URLSearchParams> {
  switch (proof.kind) {
    case 'ClientSecret':
      return new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: proof.clientId,
        client_secret: proof.clientSecret,
        scope,
      });
    case 'Certificate':
      return new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: proof.clientId,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: await sign(proof.privateKey, {
          issuer: proof.clientId,
          subject: proof.clientId,
          audience: endpoint,
          now,
          // As Microsoft asks for it: the thumbprint names the certificate, PSS signs.
          header: {
            alg: 'PS256',
            typ: 'JWT',
            'x5t#S256': Buffer.from(proof.thumbprint256, 'hex').toString('base64url'),
          },
        }),
        scope,
      });
    case 'ServiceAccount':
      return new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        assertion: await sign(proof.privateKey, {
          issuer: proof.email,
          subject: proof.subject,
          audience: endpoint,
          now,
          header: { alg: 'RS256', typ: 'JWT', ...(proof.keyId === null ? {} : { kid: proof.keyId }) },
          claims: { scope },
        }),
      });
  }
}

interface Assertion {
  readonly issuer: string;
  readonly subject: string | null;
  readonly audience: string;
  readonly now: number;
  readonly header: { readonly alg: string; readonly [name: string]: string };
  readonly claims?: Readonly<Record<string, string>>;
}

async function sign(privateKey: string, { issuer, subject, audience, now, header, claims }: Assertion) {
  const second = Math.floor(now / 1000);
  // Loaded when a connector signs, which most do not.
  const { SignJWT } = await import('jose');
  try {
    const jwt = new SignJWT({ ...claims })
      .setProtectedHeader({ ...header })
      .setIssuer(issuer)
      .setAudience(audience)
      .setJti(randomUUID())
      .setIssuedAt(second)
      .setNotBefore(second)
      .setExpirationTime(second + ASSERTION_LIFETIME);
    if (subject !== null) jwt.setSubject(subject);
    return await jwt.sign(createPrivateKey(privateKey));
  } catch (error) {
    throw new TokenTrouble(
      `The request for a token can't be signed with this key: ${(error as Error).message}; it must be an RSA key of 2048 bits or more`,
    );
  }
}

interface HttpAnswer {
  readonly status: number;
  readonly date: string | null;
  readonly text: string;
}

async function post(endpoint: string, host: string, form: URLSearchParams): Promise<HttpAnswer> {
  try {
    const response = await fetch(endpoint, {
      method: 'POST',
      body: form,
      headers: { Accept: 'application/json' },
      // Elsewhere nobody gets the secret.
      redirect: 'error',
      signal: AbortSignal.timeout(PATIENCE),
    });
    const text = (await response.text()).slice(0, LONGEST_ANSWER);
    return { status: response.status, date: response.headers.get('date'), text };
  } catch (error) {
    throw new TokenTrouble(`The token endpoint ${host} can't be reached: ${whyFetchFailed(error as Error, PATIENCE)}`);
  }
}

function parse(text: string): Record<string, unknown> {
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** RFC 6749 5.2. Of Microsoft's description the first line counts; the rest are trace ids. */
function refusal(host: string, status: number, answer: Record<string, unknown>, skew: string): string {
  const [error, description] = [answer.error, answer.error_description].map(part =>
    typeof part === 'string' ? part.split(/\r?\n| Trace ID:/)[0]!.slice(0, 400) : '',
  );
  const what = error === '' ? `HTTP ${status}` : `${error}${description === '' ? '' : `: ${description}`}`;
  return `${host} gives no token: ${what}${skew}`;
}

function skewOf(date: string | null, now: number): string {
  const theirs = Date.parse(date ?? '');
  const difference = now - theirs;
  if (Number.isNaN(theirs) || Math.abs(difference) < TOLERATED_SKEW) return '';
  const minutes = Math.round(Math.abs(difference) / 60_000);
  return `; the clock of this computer is ${minutes} minutes ${difference > 0 ? 'ahead of' : 'behind'} that of the endpoint (${new Date(theirs).toISOString()})`;
}
