/** What Graph says of one sender or one message is for that alone; what it says of us or of itself, for the queue. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type TestContext, test } from 'node:test';
import { deliverByGraph } from '../../src/deliver/graph.ts';
import { freePort } from '../support/relay-harness.ts';
import { inShort } from '../support/smtp-delivery.ts';

interface Answer {
  readonly status: number;
  readonly code?: string;
}

async function graph(t: TestContext, answer: (user: string) => Answer): Promise<string> {
  const server = createServer((request, response) => {
    const user = decodeURIComponent(request.url!.split('/')[3]!);
    const { status, code } = answer(user);
    request.resume().once('end', () => {
      response.statusCode = status;
      response.end(code === undefined ? '' : JSON.stringify({ error: { code, message: `About ${user}` } }));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as { port: number }).port}/v1.0`;
}

/** @param mailbox of the connector; null sends as each sender */
const send = (endpoint: string, mailbox: string | null, sender = 'a@contoso.example') =>
  deliverByGraph({
    endpoint,
    mailbox,
    token: async () => 'token',
    timeout: 5000,
    message: { size: 100, envelope: { reversePath: sender } },
    recipients: [{ address: 'b@x.example', notify: [], orcpt: null }],
    body: async () => Buffer.from('Subject: s\r\n\r\ntext\r\n'),
  });

const OWN = 'relay@contoso.example';

for (const [status, code, mailbox, expected] of [
  // The mailbox of the connector is refused: no mail of it goes.
  [403, 'ErrorAccessDenied', OWN, /^unreachable 454 4\.7\.0 HTTP 403 ErrorAccessDenied: About relay@/],
  // The mailbox of one sender is: an access policy of the application that does not name it.
  [403, 'ErrorAccessDenied', null, /^deferred 451 4\.3\.0 HTTP 403 ErrorAccessDenied: About a@/],
  [403, 'Authorization_RequestDenied', null, /^unreachable 454 4\.7\.0/],
  [401, 'InvalidAuthenticationToken', null, /^unreachable 454 4\.7\.0/],
  [403, 'ErrorSendAsDenied', OWN, /^failed 554 5\.2\.252/],
  // One message that Graph stumbles over does not stand before all others.
  [500, 'ErrorInternalServerError', OWN, /^deferred 451 4\.3\.0/],
  [504, undefined, OWN, /^deferred 451 4\.3\.0/],
  [503, 'ErrorMailboxMoveInProgress', null, /^deferred 451 4\.3\.0/],
  [503, 'ErrorMailboxMoveInProgress', OWN, /^unreachable 451 4\.3\.2/],
  [503, undefined, null, /^unreachable 451 4\.3\.2/],
  [429, 'ApplicationThrottled', null, /^unreachable 451 4\.3\.2/],
  [404, 'ErrorInvalidUser', null, /^failed 550 5\.1\.0/],
  [202, undefined, null, /^delivered 250/],
] as const)
  test(`HTTP ${status} ${code ?? ''} ${mailbox === null ? 'for one sender' : 'for the mailbox of the connector'}`, async t => {
    const endpoint = await graph(t, () => ({ status, ...(code === undefined ? {} : { code }) }));
    assert.match([await send(endpoint, mailbox)].flatMap(inShort).join(), expected);
  });

test('who can not be reached is a matter of the hop, and the reason is in words', async () => {
  const result = await send(`http://localhost:${await freePort()}/v1.0`, OWN);
  assert.match(String(inShort(result)), /^unreachable 451 4\.4\.1 .*can't be reached: connect ECONNREFUSED/);
});
