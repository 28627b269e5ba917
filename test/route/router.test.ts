import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type ConnectorRoute, type Mail, Router } from '../../src/route/router.ts';

const ANY = { senders: [], senderDomains: [], remoteIPRanges: [], listeners: [], accounts: [] };

const mailTo = (recipient: string, changes: Partial<Mail & Mail['origin']> = {}): Mail => {
  const { clientIp = null, listener = null, account = null, reversePath = 'app@example.com', pinned = null } = changes;
  return { recipient, reversePath, origin: { clientIp, listener, account }, pinned };
};

const hopOf = (router: Router, recipient: string, changes?: Parameters<typeof mailTo>[1]) =>
  router.hopOf(mailTo(recipient, changes));

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
  dropDirectory: null,
  maxMessageSize: null,
  ...ANY,
  ...changes,
});

const chosen = (router: Router, recipient: string, changes?: Parameters<typeof mailTo>[1]) =>
  router.describe(hopOf(router, recipient, changes)).connector;

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
    router.dropDirectoryOf(router.describe(hopOf(router, recipient, { pinned: pinned ?? null })));
  const hop = hopOf(router, 'x@LOCAL.example');
  assert.deepEqual(router.describe(hop), {
    key: hop,
    connector: null,
    deliveryType: 'DropDelivery',
    nextHopDomain: 'local.example',
  });
  assert.equal(folderOf('x@local.example'), '/srv/drop');
  assert.equal(folderOf('x@a.local.example'), '/srv/below');
  assert.equal(hopOf(router, 'x@a.local.example'), hopOf(router, 'x@b.local.example'));
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
  const hop = hopOf(router, 'x@other.example');
  assert.deepEqual(router.describe(hop), {
    key: hop,
    connector: null,
    deliveryType: 'Undefined',
    nextHopDomain: 'other.example',
  });
  assert.notEqual(hopOf(router, 'x@third.example'), hop);
});

test('one queue for all domains of smart hosts, one for each domain of direct delivery', () => {
  const router = new Router([
    connector('hub', ['a.example', 'b.example']),
    connector('internet', ['*'], { type: 'Direct', smartHosts: [] }),
  ]);
  assert.equal(hopOf(router, 'x@a.example'), hopOf(router, 'y@b.example'));
  assert.notEqual(hopOf(router, 'x@c.example'), hopOf(router, 'x@d.example'));
  assert.equal(hopOf(router, 'x@c.example'), hopOf(router, 'y@C.Example'));
  const direct = hopOf(router, 'x@c.example');
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
    router.describe(hopOf(router, 'x@a.example')).nextHopDomain,
    'hub.example,hub.example:587,[2001:db8::1],[2001:db8::1]:26',
  );
});

test('a queue whose connector is gone or disabled is Undefined, and its mail moves with the new settings', () => {
  const hop = hopOf(new Router([connector('old', ['*'], { type: 'Direct' })]), 'x@example.net');
  const renamed = new Router([connector('new', ['*'], { type: 'Direct' })]);
  assert.deepEqual(renamed.describe(hop), {
    key: hop,
    connector: null,
    deliveryType: 'Undefined',
    nextHopDomain: 'example.net',
  });
  assert.notEqual(hopOf(renamed, 'x@example.net'), hop);
  assert.equal(new Router([connector('old', ['*'], { enabled: false })]).describe(hop).connector, null);
});

test('a bare postmaster and an address literal have a queue too', () => {
  const router = new Router([connector('all', ['*'])]);
  assert.equal(chosen(router, 'postmaster'), 'all');
  assert.equal(chosen(new Router([connector('lit', ['[192.0.2.1]'])]), 'x@[192.0.2.1]'), 'lit');
});

test('the answer for a domain stays the same, however many domains were asked for in between', () => {
  const router = new Router([connector('hub', ['even.example']), connector('internet', ['*'], { type: 'Direct' })]);
  const before = [hopOf(router, 'x@even.example'), hopOf(router, 'x@odd.example')];
  for (let at = 0; at < 25_000; at++) hopOf(router, `x@d${at}.example`);
  assert.deepEqual([hopOf(router, 'x@even.example'), hopOf(router, 'x@odd.example')], before);
});

test('every recipient has a queue that describes itself', () => {
  const router = new Router([connector('hub', ['*.example']), connector('internet', ['*'], { type: 'Direct' })]);
  fc.assert(
    fc.property(fc.string(), text => {
      const hop = hopOf(router, text);
      assert.equal(router.describe(hop).key, hop);
    }),
  );
});

test('conditions: all must hold, of the entries of one any; null sender and absent facts meet none by accident', () => {
  const router = new Router([
    connector('all', ['*'], { type: 'Direct' }),
    connector('printers', ['*'], { remoteIPRanges: ['10.1.0.0/16', '2001:db8::/32'], listeners: ['Legacy', 'Other'] }),
    connector('billing', ['*'], { senders: ['invoice@*', 'x@a.example'] }),
    connector('brand', ['*'], { senderDomains: ['brand.example', '*.brand.example'], cost: 2 }),
    connector('reports', ['*'], { senders: ['<>'] }),
    connector('app', ['*'], { accounts: ['CONTOSO\\svc-*'] }),
  ]);
  const to = (changes: Parameters<typeof mailTo>[1]) => chosen(router, 'x@example.net', changes);
  assert.equal(to({}), 'all');
  assert.equal(to({ clientIp: '10.1.2.3', listener: 'legacy' }), 'printers');
  assert.equal(to({ clientIp: '2001:db8::5', listener: 'Other' }), 'printers');
  assert.equal(to({ clientIp: '10.1.2.3', listener: 'Default' }), 'all');
  assert.equal(to({ clientIp: '10.2.2.3', listener: 'Legacy' }), 'all');
  assert.equal(to({ clientIp: null, listener: 'Legacy' }), 'all');
  assert.equal(to({ reversePath: 'Invoice@anything.example' }), 'billing');
  assert.equal(to({ reversePath: 'y@a.example' }), 'all');
  assert.equal(to({ reversePath: '' }), 'reports');
  assert.equal(to({ account: 'contoso\\SVC-scan' }), 'app');
  assert.equal(to({ account: 'contoso\\people' }), 'all');
  // The dearer one does not win for having a condition.
  assert.equal(to({ reversePath: 'x@sub.brand.example' }), 'all');
});

test('a more specific address space wins over any condition, and conditions only among equals', () => {
  const router = new Router([
    connector('plain', ['*']),
    connector('one', ['*'], { senders: ['*@a.example'] }),
    connector('two', ['*'], { senders: ['*@a.example'], remoteIPRanges: ['10.0.0.0/8'] }),
    connector('special', ['example.net'], { cost: 100 }),
    connector('dead', ['example.net'], { senders: ['*@a.example'], enabled: false }),
  ]);
  const mail = { reversePath: 'x@a.example', clientIp: '10.0.0.1' };
  assert.equal(chosen(router, 'r@other.example', mail), 'two');
  assert.equal(chosen(router, 'r@other.example', { ...mail, clientIp: '11.0.0.1' }), 'one');
  assert.equal(chosen(router, 'r@example.net', mail), 'special');
});

test('what decides is remembered by domain and conditions together', () => {
  const router = new Router([
    connector('all', ['*']),
    connector('a', ['*'], { senders: ['*@a.example'] }),
    connector('b', ['*'], { senders: ['*@b.example'] }),
  ]);
  for (let round = 0; round < 3; round++) {
    assert.equal(chosen(router, 'r@example.net', { reversePath: 'x@a.example' }), 'a');
    assert.equal(chosen(router, 'r@example.net', { reversePath: 'x@b.example' }), 'b');
    assert.equal(chosen(router, 'r@example.net', { reversePath: 'x@c.example' }), 'all');
  }
});

test('whatever the mail is, the choice is that of the rule: specific, cheap, conditional, first', () => {
  const lists = fc.record({
    space: fc.constantFrom('*', '*.example', 'a.example', 'b.example'),
    cost: fc.integer({ min: 1, max: 2 }),
    senders: fc.constantFrom([], ['*@one.example'], ['<>'], ['x@one.example', '*@two.example']),
    remoteIPRanges: fc.constantFrom([], ['10.0.0.0/8'], ['10.1.0.0/16', '192.0.2.1']),
    listeners: fc.constantFrom([], ['Default']),
  });
  const mail = fc.record({
    recipient: fc.constantFrom('r@a.example', 'r@b.example', 'r@c.example', 'r@other.test'),
    reversePath: fc.constantFrom('', 'x@one.example', 'y@one.example', 'z@two.example', 'z@three.example'),
    clientIp: fc.constantFrom(null, '10.1.2.3', '10.2.2.3', '192.0.2.1'),
    listener: fc.constantFrom(null, 'Default', 'Other'),
  });
  fc.assert(
    fc.property(fc.array(lists, { maxLength: 6 }), fc.array(mail, { minLength: 1, maxLength: 8 }), (all, mails) => {
      const router = new Router(all.map(({ space, ...rest }, at) => connector(`c${at}`, [space], rest)));
      for (const { recipient, ...facts } of mails) {
        const domain = recipient.split('@')[1]!;
        const { reversePath, clientIp, listener } = facts;
        const fits = all
          .map((one, at) => ({ ...one, at }))
          .filter(
            ({ space }) => space === '*' || space === domain || (space === '*.example' && /\.example$/.test(domain)),
          )
          .filter(
            ({ senders }) =>
              senders.length === 0 ||
              senders.some(text =>
                text.startsWith('*')
                  ? reversePath.endsWith(text.slice(1))
                  : (text === '<>' ? '' : text) === reversePath,
              ),
          )
          .filter(
            ({ remoteIPRanges }) =>
              remoteIPRanges.length === 0 ||
              (clientIp !== null &&
                remoteIPRanges.some(range =>
                  range === '10.0.0.0/8'
                    ? clientIp.startsWith('10.')
                    : range === '10.1.0.0/16'
                      ? clientIp.startsWith('10.1.')
                      : clientIp === range,
                )),
          )
          .filter(({ listeners }) => listeners.length === 0 || listener === 'Default');
        const rank = (space: string) => (space === '*' ? 0 : space.startsWith('*') ? 1 : 2);
        const count = (one: (typeof fits)[number]) =>
          [one.senders, one.remoteIPRanges, one.listeners].filter(list => list.length > 0).length;
        const best = fits.sort(
          (a, b) => rank(b.space) - rank(a.space) || a.cost - b.cost || count(b) - count(a) || a.at - b.at,
        )[0];
        assert.equal(chosen(router, recipient, facts), best === undefined ? null : `c${best.at}`);
      }
    }),
  );
});

test('the size limit is that of the way the mail takes', () => {
  const router = new Router([
    connector('all', ['*']),
    connector('small', ['small.example'], { maxMessageSize: 1000 }),
    connector('off', ['off.example'], { maxMessageSize: 1, enabled: false }),
  ]);
  assert.equal(router.sizeLimitOf(router.hopOf(mailTo('x@small.example'))), 1000);
  assert.equal(router.sizeLimitOf(router.hopOf(mailTo('x@other.example'))), null);
  assert.equal(router.sizeLimitOf(router.hopOf(mailTo('x@off.example'))), null);
  assert.equal(router.sizeLimitOf(router.hopOf(mailTo('x@other.example', { pinned: 'small' }))), 1000);
});

test('connectors that keep mail here are next hops that stay here; direct with a fallback has a queue for each domain', () => {
  const router = new Router([
    connector('drop', ['drop.example'], { type: 'Drop', smartHosts: [], dropDirectory: '/srv/drop' }),
    connector('capture', ['capture.example'], { type: 'Capture', smartHosts: [] }),
    connector('both', ['*'], { type: 'DirectThenSmartHost' }),
  ]);
  const way = (recipient: string) => router.describe(hopOf(router, recipient));
  assert.deepEqual(way('x@drop.example'), {
    key: 'drop|',
    connector: 'drop',
    deliveryType: 'DropDelivery',
    nextHopDomain: '/srv/drop',
  });
  assert.equal(router.dropDirectoryOf(way('x@drop.example')), '/srv/drop');
  assert.equal(way('x@capture.example').deliveryType, 'CaptureDelivery');
  assert.equal(router.dropDirectoryOf(way('x@capture.example')), null);
  assert.deepEqual([way('x@a.example').nextHopDomain, way('x@b.example').nextHopDomain], ['a.example', 'b.example']);
  assert.equal(way('x@a.example').deliveryType, 'DnsConnectorDelivery');
});
