/** JSON-RPC 2.0 as it is heard over HTTP: errors tell everything that is wrong, where, and what to do. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { PROBLEMS } from '../../src/contract/problems.ts';
import { Rpc } from '../../src/control/rpc.ts';
import { type RpcErrorObject, TestRelay } from '../support/relay-harness.ts';

let relay: TestRelay;
before(async () => {
  relay = await TestRelay.start();
});
after(() => relay.stop());

async function errorOf(body: string): Promise<RpcErrorObject & { rpcId: unknown }> {
  const answer = await relay.control.post(body);
  assert.equal(answer.status, 200);
  const { jsonrpc, id, error } = JSON.parse(answer.text);
  assert.equal(jsonrpc, '2.0');
  return { ...error, rpcId: id };
}

describe('a request', () => {
  for (const body of ['', '{', 'hello', '{"jsonrpc":"2.0",', '\ufeff{', '[1,'])
    it(`that is not JSON is a ParseError: ${JSON.stringify(body)}`, async () => {
      const error = await errorOf(body);
      assert.deepEqual([error.code, error.data.id, error.rpcId], [-32700, 'ParseError', null]);
      assert.equal(error.data.action, PROBLEMS.ParseError.action);
    });

  for (const body of [
    ...['1', 'null', '"x"', '{}', '[]', '{"jsonrpc":"1.0","id":1,"method":"relay.get"}', '{"jsonrpc":"2.0","id":1}'],
    ...['{"jsonrpc":"2.0","id":1,"method":7}', '{"jsonrpc":"2.0","id":{},"method":"relay.get"}'],
    ...[
      '{"jsonrpc":"2.0","id":1,"method":"relay.get","params":[1]}',
      '{"jsonrpc":"2.0","id":1,"method":"relay.get","params":null}',
    ],
    JSON.stringify(Array.from({ length: 101 }, (_, id) => ({ jsonrpc: '2.0', id, method: 'relay.get' }))),
  ])
    it(`of another shape is an InvalidRequest: ${body.slice(0, 70)}`, async () => {
      const error = await errorOf(body);
      assert.deepEqual([error.code, error.data.id], [-32600, 'InvalidRequest']);
    });

  it('gets its id back as it was', async () => {
    for (const id of [0, -1, 1.5, 'text', '', null]) {
      const answer = await relay.control.post(JSON.stringify({ jsonrpc: '2.0', id, method: 'relay.get' }));
      assert.equal(JSON.parse(answer.text).id, id);
    }
  });

  it('without id is a notification: it is done and not answered', async () => {
    const answer = await relay.control.post(
      JSON.stringify({ jsonrpc: '2.0', method: 'settings.set', params: { maxHopCount: 41 } }),
    );
    assert.deepEqual([answer.status, answer.text], [204, '']);
    assert.equal((await relay.control.call('settings.get')).maxHopCount, 41);
    assert.equal((await relay.control.post(JSON.stringify({ jsonrpc: '2.0', method: 'no.such' }))).status, 204);
  });

  it('in a batch is answered in order, each by itself, notifications not at all', async () => {
    const answer = await relay.control.post(
      JSON.stringify([
        { jsonrpc: '2.0', id: 'a', method: 'settings.set', params: { maxHopCount: 42 } },
        { jsonrpc: '2.0', method: 'settings.set', params: { maxHopCount: 43 } },
        7,
        { jsonrpc: '2.0', id: 'b', method: 'no.such' },
        { jsonrpc: '2.0', id: 'c', method: 'settings.get' },
      ]),
    );
    const responses = JSON.parse(answer.text);
    assert.deepEqual(
      responses.map((response: { id: unknown }) => response.id),
      ['a', null, 'b', 'c'],
    );
    assert.equal(responses[0].result.maxHopCount, 42);
    assert.equal(responses[1].error.code, -32600);
    assert.equal(responses[2].error.code, -32601);
    assert.equal(responses[3].result.maxHopCount, 43);
    const silent = await relay.control.post(JSON.stringify([{ jsonrpc: '2.0', method: 'relay.get' }]));
    assert.deepEqual([silent.status, silent.text], [204, '']);
  });

  for (const [given, meant] of [
    ['relay.gett', 'relay.get'],
    ['conector.list', 'connector.list'],
    ['Queue.List', 'queue.list'],
  ])
    it(`for the unknown method ${given} hears of ${meant}`, async () => {
      const { error } = await relay.control.fails(given!);
      assert.deepEqual([error.code, error.data.id], [-32601, 'MethodNotFound']);
      assert.ok(error.message.includes(`did you mean "${meant}"`), error.message);
    });

  for (const method of ['toString', '__proto__', 'constructor', 'hasOwnProperty'])
    it(`for ${method} finds no method`, async () => {
      assert.equal((await relay.control.fails(method)).id, 'MethodNotFound');
    });

  it('with unknown parameters hears which ones, and what was meant', async () => {
    const { error, paths } = await relay.control.fails('settings.set', { maxMesageSize: 2048, colour: 'red' });
    assert.deepEqual([error.code, error.data.id], [-32602, 'InvalidParameter']);
    assert.deepEqual(paths, ['maxMesageSize', 'colour']);
    assert.equal(error.data.problems[0]!.message, 'there is no such setting; did you mean "maxMessageSize"?');
  });

  it('with several wrong values hears of all of them, with path, value and what is allowed', async () => {
    const { error } = await relay.control.fails('settings.set', {
      maxMessageSize: 'large',
      maxHopCount: 1000,
      retryInterval: [60, 0, 'x'],
      pickupDotHandling: 'Loud',
      fqdn: 'not a name',
      dnsServer: ['10.0.0.1', 'dns.example'],
    });
    const { problems } = error.data;
    assert.deepEqual(Object.fromEntries(problems.map(problem => [problem.path, [problem.value, problem.message]])), {
      maxMessageSize: ['large', 'must be integer'],
      maxHopCount: [1000, 'must be between 3 and 100'],
      'retryInterval[1]': [0, 'must be between 1 and 604800'],
      'retryInterval[2]': ['x', 'must be integer'],
      pickupDotHandling: ['Loud', 'must be one of AsIs, Unstuff, Auto'],
      fqdn: ['not a name', 'must be a host name such as relay.example.com'],
      'dnsServer[1]': ['dns.example', 'must be an IP address, or address:port ([address]:port for IPv6)'],
    });
    for (const { path, message } of problems) assert.ok(error.message.includes(`${path} ${message}`), error.message);
  });

  it('without required parameters hears which', async () => {
    assert.deepEqual((await relay.control.fails('message.submit', {})).paths, [
      'sender',
      'recipients',
      'subject',
      'body',
    ]);
  });

  it('never makes the answer repeat a password', async () => {
    const { error } = await relay.control.fails('account.create', { name: 'x', password: 'tiny' });
    assert.equal(error.data.problems[0]!.value, '***');
    assert.doesNotMatch(JSON.stringify(error), /tiny/);
  });
});

describe('Rpc', () => {
  it('never rejects, whatever the body, and always answers JSON', async () => {
    const handlers = { 'relay.get': () => ({ fine: true }) } as never;
    const rpc = new Rpc(handlers, () => {});
    const body = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .record(
          {
            jsonrpc: fc.constantFrom('2.0', '1.0'),
            id: fc.jsonValue(),
            method: fc.constantFrom('relay.get', 'x'),
            params: fc.jsonValue(),
          },
          { requiredKeys: [] },
        )
        .map(value => JSON.stringify(value)),
    );
    await fc.assert(
      fc.asyncProperty(body, async text => {
        const answer = await rpc.answer(text);
        if (answer === null) return;
        for (const response of [JSON.parse(answer)].flat()) {
          assert.equal(response.jsonrpc, '2.0');
          assert.ok('result' in response !== 'error' in response);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('answers a bug of ours with an InternalError and reports it', async () => {
    const bugs: string[] = [];
    const handlers = {
      'relay.get': () => {
        throw new TypeError('oops');
      },
    } as never;
    const rpc = new Rpc(handlers, (method, error) => bugs.push(`${method}: ${error.message}`));
    const { error } = JSON.parse((await rpc.answer('{"jsonrpc":"2.0","id":1,"method":"relay.get"}'))!);
    assert.deepEqual([error.code, error.data.id], [-32603, 'InternalError']);
    assert.deepEqual(bugs, ['relay.get: oops']);
  });
});
