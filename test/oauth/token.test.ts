/** Tokens from an endpoint that checks everything: kept, renewed early, one request at a time, and what is said when there is none. */
import assert from 'node:assert/strict';
import { createHash, createPublicKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type TestContext, test } from 'node:test';
import { decodeProtectedHeader, importSPKI, jwtVerify } from 'jose';
import { type Proof, requestToken, TokenTrouble } from '../../src/oauth/token-request.ts';
import { TokenSource } from '../../src/oauth/token-source.ts';
import { CLIENT, Microsoft365 } from '../support/microsoft365.ts';
import { opensslCertificate } from '../support/tls.ts';

const SCOPE = 'https://outlook.office365.com/.default';
const now = () => Date.now();
const RSA = opensslCertificate('CN=relay', '-newkey', 'rsa:2048')!;
const skip = RSA ? false : 'openssl is not installed';

const proofOf = ({ key, cert }: { key: string; cert: string }): Proof => ({
  kind: 'Certificate',
  clientId: CLIENT,
  privateKey: key,
  thumbprint256: createHash('sha256').update(new X509Certificate(cert).raw).digest('hex'),
});
const secretProof = (clientSecret: string): Proof => ({ kind: 'ClientSecret', clientId: CLIENT, clientSecret });

const troubleOf = async (double: Microsoft365, proof: Proof, at = now): Promise<string> => {
  try {
    await requestToken({ endpoint: double.tokenEndpoint, scope: SCOPE, proof }, at);
  } catch (error) {
    assert.ok(error instanceof TokenTrouble);
    return error.message;
  }
  throw new Error('a token was given');
};

test('a secret and a certificate get tokens; what is wrong with them is said', { skip }, async t => {
  const double = await Microsoft365.start(t);
  const ask = (proof: Proof) => requestToken({ endpoint: double.tokenEndpoint, scope: SCOPE, proof }, now);
  const token = await ask(secretProof('good-secret'));
  assert.ok(Math.abs(token.expiresAt - Date.now() - 3_600_000) < 10_000);
  assert.match(
    await troubleOf(double, secretProof('old-secret')),
    /invalid_client: AADSTS7000215: Invalid client secret/,
  );
  assert.doesNotMatch(await troubleOf(double, secretProof('old-secret')), /old-secret|Trace ID/);
  assert.match(await troubleOf(double, proofOf(RSA)), /AADSTS700027.*not registered/);
  double.upload(RSA.cert);
  assert.ok((await ask(proofOf(RSA))).value);
  const other = opensslCertificate('CN=other', '-newkey', 'rsa:2048')!;
  assert.match(await troubleOf(double, { ...proofOf(RSA), privateKey: other.key } as Proof), /AADSTS700027.*signature/);
  assert.match(await troubleOf(double, { ...secretProof('good-secret'), clientId: 'nobody' } as Proof), /AADSTS700016/);
});

test('a clock that is wrong is told of', { skip }, async t => {
  const double = await Microsoft365.start(t);
  double.upload(RSA.cert);
  double.behaviour.clockSkew = 20 * 60_000;
  assert.match(
    await troubleOf(double, proofOf(RSA)),
    /AADSTS700024.*the clock of this computer is 20 minutes behind that of the endpoint/,
  );
  double.behaviour.clockSkew = -20 * 60_000;
  assert.match(await troubleOf(double, proofOf(RSA)), /AADSTS700024.*20 minutes ahead of/);
});

test('an endpoint that is down, is no endpoint, or sends elsewhere', async t => {
  const double = await Microsoft365.start(t);
  double.behaviour.down = true;
  assert.match(await troubleOf(double, secretProof('good-secret')), /can't be reached/);
  const refused = requestToken({ endpoint: 'http://127.0.0.1:1/token', scope: SCOPE, proof: secretProof('x') }, now);
  await assert.rejects(refused, /127\.0\.0\.1:1 can't be reached: .*(ECONNREFUSED|bad port)/);
  for (const [status, body, headers, expected] of [
    [200, '<html>', {}, /without a bearer token/],
    [200, '{"access_token":"x","token_type":"mac"}', {}, /without a bearer token/],
    [503, 'busy', {}, /HTTP 503/],
    [302, '', { Location: 'http://127.0.0.1:9/thief' }, /can't be reached/],
  ] as const) {
    const server = await serve(t, (_, response) => response.writeHead(status, headers).end(body));
    await assert.rejects(requestToken({ endpoint: server, scope: SCOPE, proof: secretProof('x') }, now), expected);
  }
});

test('a Google service account signs its grant, for the user it speaks for', { skip }, async t => {
  let seen = new URLSearchParams();
  const endpoint = await serve(t, (body, response) => {
    seen = new URLSearchParams(body);
    response.end('{"access_token":"google","expires_in":3599,"token_type":"Bearer"}');
  });
  const proof: Proof = {
    kind: 'ServiceAccount',
    email: 'relay@p.iam',
    privateKey: RSA.key,
    keyId: 'k7',
    subject: 'scanner@example.com',
  };
  const scope = 'https://mail.google.com/';
  assert.equal((await requestToken({ endpoint, scope, proof }, now)).value, 'google');
  assert.equal(seen.get('grant_type'), 'urn:ietf:params:oauth:grant-type:jwt-bearer');
  const assertion = seen.get('assertion')!;
  const pem = createPublicKey(new X509Certificate(RSA.cert).publicKey.export({ type: 'spki', format: 'pem' }));
  const key = await importSPKI(pem.export({ type: 'spki', format: 'pem' }).toString(), 'RS256');
  const { payload } = await jwtVerify(assertion, key, {
    audience: endpoint,
    issuer: 'relay@p.iam',
    subject: 'scanner@example.com',
  });
  assert.equal(payload.scope, scope);
  assert.equal(decodeProtectedHeader(assertion).kid, 'k7');
});

function sourceOf(lifetime: number, changes: { time?: number } = {}) {
  const state = { time: changes.time ?? 0, asked: 0, fails: false, told: [] as (string | null)[] };
  const source = new TokenSource({
    now: () => state.time,
    onChange: trouble => state.told.push(trouble),
    request: async () => {
      state.asked++;
      await new Promise(resolve => setImmediate(resolve));
      if (state.fails) throw new TokenTrouble('down');
      return { value: `token ${state.asked}`, expiresAt: state.time + lifetime };
    },
  });
  return { source, state };
}

test('a token is kept, and renewed five minutes before it ends', async () => {
  const { source, state } = sourceOf(3_600_000);
  assert.deepEqual(await Promise.all([source.get(), source.get(), source.get()]), ['token 1', 'token 1', 'token 1']);
  state.time = 3_299_999;
  assert.equal(await source.get(), 'token 1');
  state.time = 3_300_000;
  assert.deepEqual(await Promise.all([source.get(), source.get()]), ['token 2', 'token 2']);
  assert.equal(state.asked, 2);
});

test('while the endpoint is down the old token is used to its end, and then the reason is said once', async () => {
  const { source, state } = sourceOf(3_600_000);
  await source.get();
  state.fails = true;
  state.time = 3_400_000;
  assert.equal(await source.get(), 'token 1');
  state.time = 3_600_000;
  await assert.rejects(source.get(), TokenTrouble);
  await assert.rejects(source.get(), TokenTrouble);
  assert.deepEqual(state.told, ['down']);
  state.fails = false;
  assert.equal(await source.get(), `token ${state.asked}`);
  assert.deepEqual(state.told, ['down', null]);
});

test('a token that was refused is not given again; one that came meanwhile is', async () => {
  const { source, state } = sourceOf(3_600_000);
  const first = await source.get();
  assert.deepEqual(await Promise.all([source.get(first), source.get(first)]), ['token 2', 'token 2']);
  assert.equal(await source.get(first), 'token 2');
  assert.equal(state.asked, 2);
});

test('a token of a short life is used for half of it', async () => {
  const { source, state } = sourceOf(60_000);
  await source.get();
  state.time = 29_999;
  assert.equal(await source.get(), 'token 1');
  state.time = 30_000;
  assert.equal(await source.get(), 'token 2');
});

/** A server of one answer. @returns its address */
async function serve(
  t: TestContext,
  answer: (body: string, response: import('node:http').ServerResponse) => void,
): Promise<string> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    answer(Buffer.concat(chunks).toString(), response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as { port: number }).port}/token`;
}
