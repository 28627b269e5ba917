import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { RelayPolicy, type RelayQuestion } from '../../src/policy/relay-restriction.ts';

type Mode = 'OnlyListed' | 'AllExceptListed';

const DOMAINS = [
  { name: 'Contoso.com', allowRelay: true, dropDirectory: null },
  { name: '*.contoso.com', allowRelay: true, dropDirectory: null },
  { name: '*.eu.contoso.com', allowRelay: true, dropDirectory: null },
  { name: 'bücher.example', allowRelay: true, dropDirectory: null },
  { name: 'inside.example', allowRelay: false, dropDirectory: null },
  { name: '*', allowRelay: true, dropDirectory: null },
  { name: 'not a domain', allowRelay: true, dropDirectory: null },
  { name: 'Dropped.example', allowRelay: false, dropDirectory: '/srv/drop' },
  { name: '*', allowRelay: false, dropDirectory: '/srv/all' },
];

function policy(mode: Mode, entries: string[], allowAuthenticated = true): RelayPolicy {
  return new RelayPolicy({ mode, entries: entries.map(entry => ({ entry })), allowAuthenticated }, DOMAINS);
}

function decide(subject: RelayPolicy, question: Partial<RelayQuestion>): [boolean, string] {
  const asked = { ipAddress: '198.51.100.7', account: null, recipient: 'a@elsewhere.example', sender: 'b@c.example' };
  const answer = subject.decide({ ...asked, ...question });
  assert.match(answer.reason, /^[^\n]{10,}\.$/);
  return [answer.allowed, answer.rule];
}

describe('RelayPolicy with OnlyListed', () => {
  const subject = policy('OnlyListed', ['10.0.0.0/8', '10.1.0.0-10.1.0.9', '2001:db8::/32']);

  it('allows listed clients by the narrowest entry and refuses all others', () => {
    assert.deepEqual(decide(subject, { ipAddress: '10.2.0.1' }), [true, 'OnlyListed:10.0.0.0/8']);
    assert.deepEqual(decide(subject, { ipAddress: '10.1.0.5' }), [true, 'OnlyListed:10.1.0.0-10.1.0.9']);
    assert.deepEqual(decide(subject, { ipAddress: '::ffff:10.2.0.1' }), [true, 'OnlyListed:10.0.0.0/8']);
    assert.deepEqual(decide(subject, { ipAddress: '2001:db8::5' }), [true, 'OnlyListed:2001:db8::/32']);
    assert.deepEqual(decide(subject, { ipAddress: '11.0.0.1' }), [false, 'OnlyListed:none']);
  });

  it('never finds a bad client address listed', () => {
    for (const ipAddress of ['', 'unknown', '10.1', '010.0.0.1']) {
      assert.deepEqual(decide(policy('OnlyListed', ['0.0.0.0/0', '::/0']), { ipAddress }), [false, 'OnlyListed:none']);
    }
  });

  it('refuses everybody with an empty list', () => {
    assert.deepEqual(decide(policy('OnlyListed', []), { ipAddress: '127.0.0.1' }), [false, 'OnlyListed:none']);
  });
});

describe('RelayPolicy with AllExceptListed', () => {
  const subject = policy('AllExceptListed', ['192.0.2.66', '192.0.2.0/24']);

  it('refuses listed clients and allows all others', () => {
    assert.deepEqual(decide(subject, { ipAddress: '192.0.2.66' }), [false, 'AllExceptListed:192.0.2.66']);
    assert.deepEqual(decide(subject, { ipAddress: '::ffff:192.0.2.7' }), [false, 'AllExceptListed:192.0.2.0/24']);
    assert.deepEqual(decide(subject, {}), [true, 'AllExceptListed:none']);
  });

  it('refuses a client whose address cannot be read', () => {
    for (const ipAddress of ['', 'unknown', '192.0.2.066']) {
      assert.deepEqual(decide(subject, { ipAddress }), [false, 'BadAddress']);
    }
  });
});

describe('RelayPolicy and logins', () => {
  it('allows a client that logged in, listed or not', () => {
    assert.deepEqual(decide(policy('OnlyListed', []), { account: 'scanner' }), [true, 'Authenticated']);
    const refusing = policy('AllExceptListed', ['198.51.100.7']);
    assert.deepEqual(decide(refusing, { account: 'scanner' }), [true, 'Authenticated']);
    assert.deepEqual(decide(refusing, { account: 'scanner', ipAddress: 'unknown' }), [true, 'Authenticated']);
  });

  it('does not when logins give no right to relay, or when nobody logged in', () => {
    assert.deepEqual(decide(policy('OnlyListed', [], false), { account: 'scanner' }), [false, 'OnlyListed:none']);
    assert.deepEqual(decide(policy('OnlyListed', []), { account: '' }), [false, 'OnlyListed:none']);
  });
});

describe('RelayPolicy and accepted domains', () => {
  const subject = policy('OnlyListed', ['10.0.0.0/8']);
  const allowed: [string, string][] = [
    ['a@contoso.com', 'AcceptedDomain:Contoso.com'],
    ['a@CONTOSO.COM', 'AcceptedDomain:Contoso.com'],
    ['a@dropped.example', 'AcceptedDomain:Dropped.example'],
    ['a@mail.contoso.com', 'AcceptedDomain:*.contoso.com'],
    ['a@x.eu.contoso.com', 'AcceptedDomain:*.eu.contoso.com'],
    ['a@eu.contoso.com', 'AcceptedDomain:*.contoso.com'],
    ['a@xn--bcher-kva.example', 'AcceptedDomain:bücher.example'],
    ['a@bücher.example', 'AcceptedDomain:bücher.example'],
    ['"a b"@contoso.com', 'AcceptedDomain:Contoso.com'],
  ];
  for (const [recipient, rule] of allowed) {
    it(`lets anybody send to ${recipient}`, () => assert.deepEqual(decide(subject, { recipient }), [true, rule]));
  }

  const refused = [
    'a@xcontoso.com',
    'a@contoso.com.evil.org',
    'a@inside.example',
    'a@[192.0.2.1]',
    'postmaster',
    '',
    '@',
  ];
  for (const recipient of refused) {
    it(`does not let anybody send to '${recipient}'`, () => {
      assert.deepEqual(decide(subject, { recipient }), [false, 'OnlyListed:none']);
    });
  }

  const routed = ['a%evil.org', 'evil.org!a', '"a@evil.org"', '@evil.org:a', '"a%evil.org"', '@evil.org,@b:a'];
  for (const localPart of routed) {
    it(`refuses the route in ${localPart}@contoso.com`, () => {
      for (const domain of ['contoso.com', 'mail.contoso.com']) {
        assert.deepEqual(decide(subject, { recipient: `${localPart}@${domain}` }), [false, 'RoutedLocalPart']);
      }
    });
    it(`leaves the route in ${localPart}@contoso.com to clients that may relay anyway`, () => {
      const recipient = `${localPart}@contoso.com`;
      assert.deepEqual(decide(subject, { ipAddress: '10.0.0.1', recipient }), [true, 'OnlyListed:10.0.0.0/8']);
    });
  }

  it('says nothing of a route to a domain that is not ours', () => {
    assert.deepEqual(decide(subject, { recipient: 'a%b@elsewhere.example' }), [false, 'OnlyListed:none']);
  });

  it('leaves the domains out when asked for any recipient', () => {
    assert.deepEqual(decide(subject, { recipient: null }), [false, 'OnlyListed:none']);
    assert.deepEqual(decide(subject, { recipient: null, ipAddress: '10.0.0.1' }), [true, 'OnlyListed:10.0.0.0/8']);
  });

  it('lets an excluded client, too, send to an accepted domain', () => {
    const excluding = policy('AllExceptListed', ['198.51.100.7']);
    assert.deepEqual(decide(excluding, { recipient: 'a@contoso.com' }), [true, 'AcceptedDomain:Contoso.com']);
    assert.deepEqual(decide(excluding, {}), [false, 'AllExceptListed:198.51.100.7']);
  });
});

describe('RelayPolicy.openToEveryone', () => {
  it('is true of a list that only excludes and of one that includes the Internet', () => {
    assert.equal(policy('AllExceptListed', ['0.0.0.0/0']).openToEveryone, true);
    assert.equal(policy('OnlyListed', ['0.0.0.0/1', '128.0.0.0/1']).openToEveryone, true);
    assert.equal(policy('OnlyListed', ['::/0']).openToEveryone, true);
  });

  it('is false of ordinary lists', () => {
    assert.equal(policy('OnlyListed', ['127.0.0.0/8', '::1', '10.0.0.0/8']).openToEveryone, false);
    assert.equal(policy('OnlyListed', []).openToEveryone, false);
  });
});

describe('RelayPolicy in general', () => {
  it('throws on a bad entry', () => assert.throws(() => policy('OnlyListed', ['10.0.0.0/99']), TypeError));

  it('never lets an unlisted stranger reach a domain that is not accepted', () => {
    const subject = policy('OnlyListed', ['10.0.0.0/8']);
    const localPart = fc.string({
      unit: fc.constantFrom('a', '@', '%', '!', '"', '.', ':', ',', 'contoso.com'),
      maxLength: 8,
    });
    const domain = fc.constantFrom(
      'evil.org',
      'contoso.com.evil.org',
      'xcontoso.com',
      'contoso.com',
      'a.contoso.com',
      '',
    );
    const property = fc.property(localPart, domain, (local, host) => {
      const [allowed, rule] = decide(subject, { recipient: `${local}@${host}` });
      if (!allowed) return;
      assert.match(rule, /^AcceptedDomain:/);
      assert.match(host, /^(a\.)?contoso\.com$/);
      assert.doesNotMatch(local, /[@%!]/);
    });
    fc.assert(property, { numRuns: 1000 });
  });
});
