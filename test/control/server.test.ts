/** The door for administration: who gets in, and what the HTTP around JSON-RPC answers. */
import assert from 'node:assert/strict';
import { createConnection } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { DEAD_PORT, http, smartHost, TestRelay } from '../support/relay-harness.ts';

let relay: TestRelay;
before(async () => {
  relay = await TestRelay.start({ connectors: [smartHost(DEAD_PORT)] });
});
after(() => relay.stop());

const REQUEST = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'relay.get' });

describe('the control port', () => {
  for (const [title, authorization] of [
    ['no token', undefined],
    ['an empty token', 'Bearer '],
    ['a wrong token', `Bearer ${'A'.repeat(43)}`],
    ['another scheme', 'Basic dXNlcjpwYXNz'],
    ['a token that is cut off', 'short'],
    ['a token with something after it', 'long'],
  ] as const)
    it(`answers 401 to ${title}, on every path but /healthz`, async () => {
      const { token } = relay.control;
      const given =
        authorization === 'short'
          ? `Bearer ${token.slice(0, -1)}`
          : authorization === 'long'
            ? `Bearer ${token}x`
            : authorization;
      const headers = given === undefined ? {} : { Authorization: given };
      for (const path of ['/rpc', '/metrics', '/anything']) {
        const answer = await http(relay.control.port, { method: 'POST', path, headers }, REQUEST);
        assert.equal(answer.status, 401);
        assert.equal(answer.headers['www-authenticate'], 'Bearer');
        assert.doesNotMatch(answer.text, /relay\.test|version/);
      }
    });

  it('takes the token whatever the case of the scheme', async () => {
    const answer = await relay.control.post(REQUEST, { Authorization: `bearer ${relay.control.token}` });
    assert.equal(answer.status, 200);
  });

  for (const host of ['evil.example', '10.0.0.1:8025', 'localhost.evil.example', '127.0.0.1.evil.example', '0.0.0.0'])
    it(`refuses the Host "${host}", as a browser tricked by DNS would send it`, async () => {
      for (const path of ['/rpc', '/healthz', '/metrics'])
        assert.equal((await relay.control.get(path, { Host: host })).status, 403);
    });

  for (const host of ['127.0.0.1', 'localhost', 'LOCALHOST:1', '[::1]:8025'])
    it(`takes the Host "${host}"`, async () => {
      assert.equal((await relay.control.post(REQUEST, { Host: host })).status, 200);
    });

  for (const origin of ['https://evil.example', 'null', `http://127.0.0.1`])
    it(`refuses the Origin "${origin}": no web page may use it`, async () => {
      const answer = await relay.control.post(REQUEST, { Origin: origin });
      assert.equal(answer.status, 403);
      const preflight = await http(relay.control.port, {
        method: 'OPTIONS',
        path: '/rpc',
        headers: { Origin: origin },
      });
      assert.equal(preflight.status, 403);
      for (const { headers } of [answer, preflight])
        assert.ok(!Object.keys(headers).some(name => name.startsWith('access-control-')));
    });

  it('speaks JSON-RPC over POST alone', async () => {
    const get = await relay.control.get('/rpc');
    assert.equal(get.status, 405);
    assert.equal((await relay.control.get('/')).status, 404);
    assert.equal((await relay.control.get('//')).status, 404);
    assert.equal((await relay.control.get('/rpc/more')).status, 404);
  });

  it('answers JSON that nobody may keep', async () => {
    const { headers } = await relay.control.post(REQUEST);
    assert.equal(headers['content-type'], 'application/json; charset=utf-8');
    assert.equal(headers['cache-control'], 'no-store');
  });

  it('answers 413 to a body above 87 MiB, announced or not, and goes on working', async () => {
    const large = Buffer.alloc(88 * 1024 * 1024, ' ');
    assert.equal((await relay.control.post(large)).status, 413);
    const chunked = await relay.control.post(large, { 'Transfer-Encoding': 'chunked' });
    assert.equal(chunked.status, 413);
    assert.equal((await relay.control.post(REQUEST)).status, 200);
    const most = Buffer.concat([Buffer.from(REQUEST), Buffer.alloc(87 * 1024 * 1024 - REQUEST.length, ' ')]);
    assert.equal((await relay.control.post(most)).status, 200);
  });

  it('is not disturbed by garbage', async () => {
    for (const garbage of [
      '\x00\x01\x02\r\n\r\n',
      'EHLO x\r\n\r\n',
      'GET / HTTP/9.9\r\n\r\n',
      `GET /${'x'.repeat(100_000)}`,
    ]) {
      const socket = createConnection(relay.control.port, '127.0.0.1');
      await new Promise<void>(resolve => {
        socket.on('error', () => {});
        socket.on('data', () => {});
        socket.once('close', () => resolve());
        socket.end(garbage);
      });
    }
    assert.equal((await relay.control.post(REQUEST)).status, 200);
  });

  it('says on /healthz only that it lives, without a token', async () => {
    const answer = await http(relay.control.port, { path: '/healthz' });
    assert.deepEqual([answer.status, answer.text], [200, 'ok\n']);
  });

  it('gives the counters on /metrics in the text format of Prometheus', async () => {
    const client = await relay.client();
    await client.mail('Subject: x\r\n\r\nx\r\n');
    const { status, text } = await relay.control.get('/metrics');
    assert.equal(status, 200);
    assert.match(text, /^# HELP smtprelay_messages_received_total \S/m);
    assert.match(text, /^smtprelay_messages_received_total\{listener="Default"\} 1$/m);
    assert.match(text, /^smtprelay_sessions 1$/m);
    assert.match(text, /^smtprelay_queue_messages\{next_hop="127\.0\.0\.1:1",status="\w+"\} 1$/m);
    for (const line of text.split('\n').filter(found => found !== ''))
      assert.match(line, /^(# (HELP|TYPE) \w+ .+|\w+(\{.*\})? -?\d+(\.\d+)?)$/);
  });
});
