/**
 * A double of Microsoft 365 as it is publicly documented: a token endpoint that checks secrets and the
 * certificate assertion (signature, audience, issuer, times) with jose, client submission that takes
 * nothing but XOAUTH2 over TLS, with its limits and refusals, and Graph's sendMail. What it gets and
 * what goes wrong there is for the test to say. As a program of its own it says its ports as JSON and
 * takes changes on /double.
 */
import { createHash, randomUUID, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { decodeJwt, decodeProtectedHeader, jwtVerify, SignJWT } from 'jose';
import { type Certificate, selfSigned } from './smtp-certificate.ts';
import { type ScriptServer, type ScriptSession, scriptServer } from './smtp-script-server.ts';

export const TENANT = 'contoso.onmicrosoft.com';
export const CLIENT = '11111111-2222-3333-4444-555555555555';
export const MAILBOX = 'printer@contoso.example';

/** What a test can change. */
export interface Behaviour {
  /** Secrets that count. */
  secrets: string[];
  /** Seconds. */
  tokenLifetime: number;
  /** Milliseconds that its clock is ahead of this computer's. */
  clockSkew: number;
  /** Nobody answers. */
  down: boolean;
  /** Roles in the tokens that are given out. */
  roles: string[];
  messagesPerMinute: number;
  maxConnections: number;
  /** Addresses that the mailbox may send as. */
  sendAs: string[];
  graphStatus: { status: number; code: string; retryAfter?: number } | null;
}

interface Given {
  readonly expires: number;
  readonly audience: string;
  readonly roles: readonly string[];
}

export interface GraphMessage {
  readonly user: string;
  readonly mime: string;
}

const SIGNING_KEY = new TextEncoder().encode(randomUUID());

export class Microsoft365 {
  readonly behaviour: Behaviour = {
    secrets: ['good-secret'],
    tokenLifetime: 3600,
    clockSkew: 0,
    down: false,
    roles: ['SMTP.SendAsApp', 'Mail.Send'],
    messagesPerMinute: 30,
    maxConnections: 3,
    sendAs: [MAILBOX],
    graphStatus: null,
  };
  readonly certificate: Certificate;
  smtp!: ScriptServer;
  httpPort = 0;
  /** Requests for tokens. */
  tokenRequests = 0;
  readonly graphMessages: GraphMessage[] = [];
  /** PEM of certificates that the application has. */
  readonly certificates = new Map<string, X509Certificate>();
  readonly #tokens = new Map<string, Given>();
  readonly #assertions = new Set<string>();
  readonly #loggedOn = new WeakSet<ScriptSession>();
  readonly #sent: number[] = [];

  private constructor(certificate: Certificate) {
    this.certificate = certificate;
  }

  static async start(t: Pick<TestContext, 'after'>): Promise<Microsoft365> {
    const double = new Microsoft365(selfSigned()!);
    const http = createServer((request, response) => {
      void double.#answer(request, response).catch(error => {
        response.statusCode = 500;
        response.end(String(error));
      });
    });
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    double.httpPort = (http.address() as { port: number }).port;
    t.after(() => {
      http.closeAllConnections();
      http.close();
    });
    double.smtp = await scriptServer(t as TestContext, {
      certificate: double.certificate,
      extensions: ['SIZE 157286400', 'PIPELINING', 'DSN', 'ENHANCEDSTATUSCODES', '8BITMIME', 'SMTPUTF8'],
      on: (command, session) => double.#smtp(command, session),
    });
    return double;
  }

  get tokenEndpoint(): string {
    return `http://127.0.0.1:${this.httpPort}/${TENANT}/oauth2/v2.0/token`;
  }

  get graphEndpoint(): string {
    return `http://127.0.0.1:${this.httpPort}/v1.0`;
  }

  /** An administrator of the tenant uploads the public part of a certificate. */
  upload(pem: string): void {
    const certificate = new X509Certificate(pem);
    const thumbprint = createHash('sha256').update(certificate.raw).digest('base64url');
    this.certificates.set(thumbprint, certificate);
  }

  /** Tokens that were given out are worth nothing any more. */
  revokeTokens(): void {
    this.#tokens.clear();
  }

  #now(): number {
    return Date.now() + this.behaviour.clockSkew;
  }

  // --- tokens ---

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const path = new URL(request.url!, 'http://localhost').pathname;
    if (path === '/double') return this.#changed(body, response);
    if (this.behaviour.down) {
      request.socket.destroy();
      return;
    }
    response.setHeader('Date', new Date(this.#now()).toUTCString());
    if (path === `/${TENANT}/oauth2/v2.0/token`) return this.#token(new URLSearchParams(body.toString()), response);
    if (path.startsWith('/v1.0/users/')) return this.#graph(request, path, body.toString(), response);
    json(response, 404, { error: 'not_found' });
  }

  #changed(body: Buffer, response: ServerResponse): void {
    const { certificate, revoke, ...changes } = JSON.parse(body.toString() || '{}');
    if (certificate) this.upload(certificate);
    if (revoke) this.revokeTokens();
    Object.assign(this.behaviour, changes);
    const { tokenRequests, graphMessages } = this;
    const messages = this.smtp.messages.map(({ mail, recipients, text }) => ({ mail, recipients, text: String(text) }));
    json(response, 200, { tokenRequests, graphMessages, messages });
  }

  async #token(form: URLSearchParams, response: ServerResponse): Promise<void> {
    this.tokenRequests++;
    const refuse = (error: string, description: string) =>
      json(response, error === 'invalid_client' ? 401 : 400, {
        error,
        error_description: `${description} Trace ID: ${randomUUID()} Correlation ID: ${randomUUID()}`,
      });
    if (form.get('grant_type') !== 'client_credentials')
      return refuse('unsupported_grant_type', 'AADSTS70003: The app requested an unsupported grant type.');
    if (form.get('client_id') !== CLIENT)
      return refuse(
        'unauthorized_client',
        `AADSTS700016: Application with identifier '${form.get('client_id')}' was not found in the directory 'Contoso'.`,
      );
    const scope = form.get('scope') ?? '';
    if (!scope.endsWith('/.default'))
      return refuse(
        'invalid_scope',
        'AADSTS1002012: The provided value for scope is not valid. Client credential flows must have a scope value with /.default suffixed.',
      );
    const secret = form.get('client_secret');
    const wrong = secret === null ? await this.#checkAssertion(form) : this.#checkSecret(secret);
    if (wrong !== null) return refuse('invalid_client', wrong);
    const seconds = Math.floor(this.#now() / 1000);
    const expires = seconds + this.behaviour.tokenLifetime;
    const audience = scope.replace(/\/\.default$/, '');
    const { roles } = this.behaviour;
    const token = await new SignJWT({ roles, appid: CLIENT, jti: randomUUID() })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setIssuedAt(seconds)
      .setExpirationTime(expires)
      .setAudience(audience)
      .sign(SIGNING_KEY);
    this.#tokens.set(token, { expires: expires * 1000, audience, roles: [...roles] });
    json(response, 200, { token_type: 'Bearer', expires_in: this.behaviour.tokenLifetime, access_token: token });
  }

  #checkSecret(secret: string): string | null {
    return this.behaviour.secrets.includes(secret)
      ? null
      : `AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${CLIENT}'.`;
  }

  /** Everything that Microsoft says it checks of an assertion; null when it is good. */
  async #checkAssertion(form: URLSearchParams): Promise<string | null> {
    const assertion = form.get('client_assertion') ?? '';
    if (form.get('client_assertion_type') !== 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' || !assertion)
      return "AADSTS7000218: The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";
    const header = decodeProtectedHeader(assertion);
    const certificate = this.certificates.get(String(header['x5t#S256'] ?? ''));
    if (!certificate)
      return 'AADSTS700027: The certificate with identifier used to sign the client assertion is not registered on application.';
    const { jti } = decodeJwt(assertion);
    try {
      const { payload } = await jwtVerify(assertion, certificate.publicKey, {
        algorithms: ['PS256', 'RS256'],
        typ: 'JWT',
        audience: this.tokenEndpoint,
        issuer: CLIENT,
        subject: CLIENT,
        currentDate: new Date(this.#now()),
        clockTolerance: 60,
        maxTokenAge: 600,
        requiredClaims: ['jti', 'exp', 'nbf', 'iat'],
      });
      if (this.#assertions.has(payload.jti!)) return 'AADSTS7000221: The assertion was used before.';
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      if (code === 'ERR_JWT_EXPIRED' || /nbf|iat/.test(message))
        return `AADSTS700024: Client assertion is not within its valid time range. Current time: ${new Date(this.#now()).toISOString()}.`;
      return `AADSTS700027: Client assertion failed signature validation. ${message}`;
    }
    this.#assertions.add(jti!);
    return null;
  }

  // --- client submission ---

  #smtp(command: string, session: ScriptSession): string | undefined {
    const [verb, argument = '', rest = ''] = command.split(' ');
    switch (verb!.toUpperCase()) {
      case 'CONNECT':
        return this.smtp.open() > this.behaviour.maxConnections
          ? '432 4.3.2 Concurrent connections limit exceeded. Visit https://aka.ms/concurrent_sending for more information.'
          : '220 AM0PR01.outlook.office365.com Microsoft ESMTP MAIL Service ready';
      case 'EHLO':
        return session.secure
          ? `250-AM0PR01.outlook.office365.com Hello\r\n250-SIZE 157286400\r\n250-PIPELINING\r\n250-DSN\r\n250-ENHANCEDSTATUSCODES\r\n250-AUTH XOAUTH2\r\n250-8BITMIME\r\n250 SMTPUTF8`
          : undefined;
      case 'AUTH':
        if (!session.secure) return '530 5.7.0 Must issue a STARTTLS command first';
        if (argument.toUpperCase() !== 'XOAUTH2')
          return '550 5.7.30 Basic authentication is not supported for Client Submission. [AM0PR01.eurprd01.prod.outlook.com]';
        return this.#bearer(rest, session);
      case 'MAIL':
        if (!session.secure) return '530 5.7.0 Must issue a STARTTLS command first';
        if (!this.#loggedOn.has(session))
          return '530 5.7.57 Client not authenticated to send mail. [AM0PR01.eurprd01.prod.outlook.com]';
        return undefined;
      case '.':
        return this.#submit(session);
      default:
        return undefined;
    }
  }

  #bearer(initial: string, session: ScriptSession): string {
    const [, user, token] =
      /^user=([^\x01]*)\x01auth=Bearer ([^\x01]*)\x01\x01$/.exec(Buffer.from(initial, 'base64').toString()) ?? [];
    const given = this.#tokens.get(token ?? '');
    const isGood =
      user === MAILBOX &&
      given !== undefined &&
      given.expires > this.#now() &&
      given.audience === 'https://outlook.office365.com' &&
      given.roles.includes('SMTP.SendAsApp');
    if (!isGood) return '535 5.7.3 Authentication unsuccessful [AM0PR01.eurprd01.prod.outlook.com]';
    this.#loggedOn.add(session);
    return '235 2.7.0 Authentication successful';
  }

  #submit(session: ScriptSession): string {
    const sender = /<([^>]*)>/.exec(session.mail ?? '')?.[1] ?? '';
    if (!this.behaviour.sendAs.includes(sender))
      return `554 5.2.252 SendAsDenied; ${MAILBOX} not allowed to send as ${sender}; STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied; Failed to process message due to a permanent exception`;
    const minute = this.#sent.filter(at => at > Date.now() - 60_000).length;
    if (minute >= this.behaviour.messagesPerMinute)
      return '432 4.3.2 STOREDRV.ClientSubmit; message submission rate for this client has exceeded the configured limit';
    this.#sent.push(Date.now());
    return `250 2.0.0 OK <${randomUUID()}@AM0PR01.eurprd01.prod.outlook.com> [Hostname=AM0PR01]`;
  }

  // --- Graph ---

  #graph(request: IncomingMessage, path: string, body: string, response: ServerResponse): undefined {
    const fail = (status: number, code: string, message: string): undefined =>
      json(response, status, { error: { code, message } });
    const given = this.#tokens.get(/^Bearer (.*)$/.exec(request.headers.authorization ?? '')?.[1] ?? '');
    if (!given || given.expires <= this.#now() || given.audience !== `http://127.0.0.1:${this.httpPort}`)
      return fail(401, 'InvalidAuthenticationToken', 'Access token has expired or is not yet valid.');
    if (!given.roles.includes('Mail.Send'))
      return fail(403, 'ErrorAccessDenied', 'Access is denied. Check credentials and try again.');
    const { graphStatus } = this.behaviour;
    if (graphStatus) {
      if (graphStatus.retryAfter !== undefined) response.setHeader('Retry-After', String(graphStatus.retryAfter));
      return fail(graphStatus.status, graphStatus.code, 'So the test wants it.');
    }
    const user = decodeURIComponent(/^\/v1\.0\/users\/([^/]+)\/sendMail$/.exec(path)?.[1] ?? '');
    if (user !== MAILBOX) return fail(404, 'ErrorInvalidUser', `The requested user '${user}' is invalid.`);
    if (request.headers['content-type'] !== 'text/plain') return fail(400, 'RequestBodyRead', 'MIME needs text/plain.');
    const mime = Buffer.from(body, 'base64').toString('latin1');
    const from = /^From:.*?([^\s<>]+@[^\s<>]+)/im.exec(mime)?.[1] ?? '';
    if (!this.behaviour.sendAs.includes(from))
      return fail(
        403,
        'ErrorSendAsDenied',
        'The user account which was used to submit this request does not have the right to send mail on behalf of the specified sending account.',
      );
    this.graphMessages.push({ user, mime });
    response.statusCode = 202;
    response.end();
    return undefined;
  }
}

function json(response: ServerResponse, status: number, value: unknown): undefined {
  response.statusCode = status;
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify(value));
  return undefined;
}

/** As a program: until its standard input ends. */
if (process.argv[1] === import.meta.filename) {
  const ends: (() => unknown)[] = [];
  const double = await Microsoft365.start({ after: run => void ends.push(run as () => unknown) });
  const folder = mkdtempSync(join(tmpdir(), 'smtp-relay-m365-'));
  const ca = join(folder, 'ca.pem');
  writeFileSync(ca, double.certificate.cert);
  const { tokenEndpoint, graphEndpoint, smtp, httpPort } = double;
  process.stdout.write(`${JSON.stringify({ smtpPort: smtp.port, httpPort, tokenEndpoint, graphEndpoint, ca })}\n`);
  process.stdin.resume();
  process.stdin.once('end', async () => {
    for (const end of ends) await end();
    rmSync(folder, { recursive: true, force: true });
    process.exit(0);
  });
}
