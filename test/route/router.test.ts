import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type ConnectorRoute, Router } from '../../src/route/router.ts';

const connector = (
  name: string,
  addressSpaces: readonly string[],
  changes: Partial<ConnectorRoute> = {},
): ConnectorRoute => ({
  name,
  enabled: true,
  type: 'SmartHost',
  addressSpaces,
  cost: 1,
  smartHosts: [{ host: `${name}.example`, port: 25 }],
  ...changes,
});

const chosen = (router: Router, recipient: string) => router.describe(router.hopOf(recipient)).connector;

test('the most specific address space wins, whatever the cost and the order', () => {
  const router = new Router([
    connector('all', ['*'], { cost: 1 }),
    connector('subdomains', ['*.example.net'], { cost: 50 }),
    connector('deeper', ['*.b.example.net'], { cost: 90 }),
    connector('exact', ['a.b.example.net'], { cost: 100 }),
  ]);
  assert.equal(chosen(router, 'x@a.b.example.net'), 'exact');
  assert.equal(chosen(router, 'x@c.b.example.net'), 'deeper');
  assert.equal(chosen(router, 'x@d.example.net'), 'subdomains');
  assert.equal(chosen(router, 'x@example.net'), 'all');
  assert.equal(chosen(router, 'x@A.B.Example.NET'), 'exact');
});

test('of equally specific ones the lower cost wins, then the earlier one', () => {
  const router = new Router([
    connector('dear', ['*'], { cost: 5 }),
    connector('cheap', ['*'], { cost: 2 }),
    connector('later', ['*'], { cost: 2 }),
  ]);
  assert.equal(chosen(router, 'x@example.net'), 'cheap');
});

test('a domain with a drop folder stays here, whatever connectors there are, and has a queue of its own', () => {
  const domains = [
    { name: 'Local.example', allowRelay: false, dropDirectory: '/srv/drop' },
    { name: '*.local.example', allowRelay: false, dropDirectory: '/srv/below' },
    // Not accepted by itself: what was taken for the folder of *.local.example goes there too.
    { name: 'inner.local.example', allowRelay: false, dropDirectory: null },
    { name: 'outer.local.example', allowRelay: true, dropDirectory: null },
  ];
  const router = new Router(
    [connector('exact', ['local.example', 'inner.local.example']), connector('all', ['*'])],
    domains,
  );
  const folderOf = (recipient: string, pinned?: string) =>
    router.dropDirectoryOf(router.describe(router.hopOf(recipient, pinned)));
  const hop = router.hopOf('x@LOCAL.example');
  assert.deepEqual(router.describe(hop), {
    key: hop,
    connector: null,
    deliveryType: 'DropDelivery',
    nextHopDomain: 'local.example',
  });
  assert.equal(folderOf('x@local.example'), '/srv/drop');
  assert.equal(folderOf('x@a.local.example'), '/srv/below');
  assert.equal(router.hopOf('x@a.local.example'), router.hopOf('x@b.local.example'));
  assert.equal(folderOf('x@inner.local.example'), '/srv/below');
  assert.equal(folderOf('x@outer.local.example'), null);
  assert.equal(chosen(router, 'x@outer.local.example'), 'all');
  assert.equal(folderOf('x@local.example', 'all'), null);
  assert.equal(new Router([], []).describe(hop).deliveryType, 'Undefined');
});

test('a disabled connector takes nothing', () => {
  const router = new Router([connector('off', ['example.net'], { enabled: false }), connector('all', ['*'])]);
  assert.equal(chosen(router, 'x@example.net'), 'all');
});

test('a domain that no connector takes waits in a queue of its own that says so', () => {
  const router = new Router([connector('some', ['example.net'])]);
  const hop = router.hopOf('x@other.example');
  assert.deepEqual(router.describe(hop), {
    key: hop,
    connector: null,
    deliveryType: 'Undefined',
    nextHopDomain: 'other.example',
  });
  assert.notEqual(router.hopOf('x@third.example'), hop);
});

test('one queue for all domains of smart hosts, one for each domain of direct delivery', () => {
  const router = new Router([
    connector('hub', ['a.example', 'b.example']),
    connector('internet', ['*'], { type: 'Direct', smartHosts: [] }),
  ]);
  assert.equal(router.hopOf('x@a.example'), router.hopOf('y@b.example'));
  assert.notEqual(router.hopOf('x@c.example'), router.hopOf('x@d.example'));
  assert.equal(router.hopOf('x@c.example'), router.hopOf('y@C.Example'));
  const direct = router.hopOf('x@c.example');
  assert.deepEqual(router.describe(direct), {
    key: direct,
    connector: 'internet',
    deliveryType: 'DnsConnectorDelivery',
    nextHopDomain: 'c.example',
  });
});

test('smart hosts are shown as people write them', () => {
  const smartHosts = [
    { host: 'hub.example', port: 25 },
    { host: 'hub.example', port: 587 },
    { host: '2001:db8::1', port: 25 },
    { host: '2001:db8::1', port: 26 },
  ];
  const router = new Router([connector('hub', ['*'], { smartHosts })]);
  assert.equal(
    router.describe(router.hopOf('x@a.example')).nextHopDomain,
    'hub.example,hub.example:587,[2001:db8::1],[2001:db8::1]:26',
  );
});

test('a queue whose connector is gone or disabled is Undefined, and its mail moves with the new settings', () => {
  const hop = new Router([connector('old', ['*'], { type: 'Direct' })]).hopOf('x@example.net');
  const renamed = new Router([connector('new', ['*'], { type: 'Direct' })]);
  assert.deepEqual(renamed.describe(hop), {
    key: hop,
    connector: null,
    deliveryType: 'Undefined',
    nextHopDomain: 'example.net',
  });
  assert.notEqual(renamed.hopOf('x@example.net'), hop);
  assert.equal(new Router([connector('old', ['*'], { enabled: false })]).describe(hop).connector, null);
});

test('a bare postmaster and an address literal have a queue too', () => {
  const router = new Router([connector('all', ['*'])]);
  assert.equal(chosen(router, 'postmaster'), 'all');
  assert.equal(chosen(new Router([connector('lit', ['[192.0.2.1]'])]), 'x@[192.0.2.1]'), 'lit');
});

test('the answer for a domain stays the same, however many domains were asked for in between', () => {
  const router = new Router([connector('hub', ['even.example']), connector('internet', ['*'], { type: 'Direct' })]);
  const before = [router.hopOf('x@even.example'), router.hopOf('x@odd.example')];
  for (let at = 0; at < 25_000; at++) router.hopOf(`x@d${at}.example`);
  assert.deepEqual([router.hopOf('x@even.example'), router.hopOf('x@odd.example')], before);
});

test('every recipient has a queue that describes itself', () => {
  const router = new Router([connector('hub', ['*.example']), connector('internet', ['*'], { type: 'Direct' })]);
  fc.assert(
    fc.property(fc.string(), text => {
      const hop = router.hopOf(text);
      assert.equal(router.describe(hop).key, hop);
    }),
  );
});
