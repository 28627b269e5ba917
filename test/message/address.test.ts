import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { domainOf, hasRoutedLocalPart, isAscii, parseMailbox } from '../../src/message/address.ts';

describe('parseMailbox', () => {
  const good: [string, string, string][] = [
    ['john@contoso.com', 'john', 'contoso.com'],
    ['John.Doe@Contoso.COM', 'John.Doe', 'contoso.com'],
    ["a!#$%&'*+-/=?^_`{|}~z@x.org", "a!#$%&'*+-/=?^_`{|}~z", 'x.org'],
    ['"john doe"@x.org', '"john doe"', 'x.org'],
    ['"a@b"@x.org', '"a@b"', 'x.org'],
    ['"a\\"b\\\\"@x.org', '"a\\"b\\\\"', 'x.org'],
    ['""@x.org', '""', 'x.org'],
    ['scanner@localhost', 'scanner', 'localhost'],
    ['scanner@my_printer.local', 'scanner', 'my_printer.local'],
    ['a@1.2', 'a', '1.2'],
    ['a@[192.0.2.1]', 'a', '[192.0.2.1]'],
    ['a@[IPv6:2001:DB8::1]', 'a', '[ipv6:2001:db8::1]'],
    ['a@[IPv6:::ffff:192.0.2.1]', 'a', '[ipv6:::ffff:192.0.2.1]'],
    ['müller@bücher.example', 'müller', 'xn--bcher-kva.example'],
    ['a@BÜCHER.Example', 'a', 'xn--bcher-kva.example'],
    ['a@例え。jp', 'a', 'xn--r8jz45g.jp'],
    ['a@xn--bcher-kva.example', 'a', 'xn--bcher-kva.example'],
    ['用户@example.com', '用户', 'example.com'],
    ['😀@example.com', '😀', 'example.com'],
    ['a--b@a--b.com', 'a--b', 'a--b.com'],
    [`${'l'.repeat(200)}@x.org`, 'l'.repeat(200), 'x.org'],
    [`a@${'d'.repeat(63)}.org`, 'a', `${'d'.repeat(63)}.org`],
    ['postmaster', 'postmaster', ''],
    ['Postmaster', 'Postmaster', ''],
  ];
  for (const [text, localPart, domain] of good) {
    it(`reads ${text.slice(0, 60)}`, () => {
      const address = domain === '' ? localPart : `${localPart}@${domain}`;
      assert.deepEqual(parseMailbox(text), { address, localPart, domain });
    });
  }

  const bad: string[] = [
    '',
    '@',
    'a',
    'a@',
    '@x.org',
    'a@b@x.org',
    '<a@x.org>',
    'a@x.org>',
    ' a@x.org',
    'a@x.org ',
    'a b@x.org',
    'a@x .org',
    'a@x.org\r\nRCPT TO:<b@x.org>',
    'a\r\n@x.org',
    'a\0@x.org',
    '"a\r\nb"@x.org',
    '"a\\\r"@x.org',
    '"a\tb"@x.org',
    '"a\x7f"@x.org',
    'a\u0085@x.org',
    'a\u2028@x.org',
    'a\u00a0@x.org',
    '"a\u2028b"@x.org',
    'a\ud800@x.org',
    '.a@x.org',
    'a.@x.org',
    'a..b@x.org',
    '"a"b@x.org',
    'a"b"@x.org',
    '"a@x.org',
    '"a\\"@x.org',
    'a(comment)@x.org',
    'a,b@x.org',
    'a;b@x.org',
    'a:b@x.org',
    '@third.org:a@x.org',
    'a@.org',
    'a@x.',
    'a@x..org',
    'a@-x.org',
    'a@x-.org',
    'a@x;rm.org',
    'a@x/y.org',
    'a@[1.2.3]',
    'a@[01.2.3.4]',
    'a@[::1]',
    'a@[IPv6:1.2.3.4]',
    'a@[IPv6:fe80::1%eth0]',
    'a@[x.org]',
    'a@[192.0.2.1',
    'a@[192.0.2.1].org',
    'a@１.２',
    'a@０x7f.１',
    'a@ä%61.de',
    'a@ä\u0000.de',
    'a@\u00ad',
    'postmaster@',
    'postmaster2',
    `a@${'d'.repeat(64)}.org`,
    `${'l'.repeat(250)}@x.org`,
    `${'é'.repeat(126)}@x.org`,
  ];
  for (const text of bad) {
    it(`refuses ${JSON.stringify(text.slice(0, 60))}`, () => assert.equal(parseMailbox(text), null));
  }

  it('refuses a domain that a fullwidth sign would smuggle another @ into', () => {
    assert.equal(parseMailbox('a@x\uff20y.org'), null);
  });

  it('counts octets, not characters, up to 254', () => {
    assert.ok(parseMailbox(`${'é'.repeat(124)}@x.org`));
    assert.equal(parseMailbox(`${'é'.repeat(125)}@x.org`), null);
  });

  it('takes every ASCII character in a local part exactly as the grammar does', () => {
    const atext = /^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]$/;
    for (let code = 0; code < 128; code++) {
      const c = String.fromCharCode(code);
      assert.equal(parseMailbox(`a${c}b@x.org`) !== null, atext.test(c) || c === '.', JSON.stringify(c));
      assert.equal(parseMailbox(`"a${c}b"@x.org`) !== null, code >= 32 && code < 127 && c !== '"');
      assert.equal(parseMailbox(`"a\\${c}b"@x.org`) !== null, code >= 32 && code < 127);
    }
  });

  it('reads its own result to the same mailbox, and lets nothing through that breaks a command', () => {
    const part = fc.string({ unit: fc.constantFrom(...'ab.-_"\\@ %é例。\r\n\0<>[]:1%'.split('')), maxLength: 12 });
    const text = fc.oneof(
      fc.tuple(part, part).map(([a, b]) => `${a}@${b}`),
      fc.tuple(part, part).map(([a, b]) => `"${a}"@${b}.org`),
      fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' })).map(([a, b]) => `${a}@${b}`),
      fc.emailAddress(),
    );
    const property = fc.property(text, t => {
      const mailbox = parseMailbox(t);
      if (mailbox === null) return;
      assert.deepEqual(parseMailbox(mailbox.address), mailbox);
      assert.doesNotMatch(mailbox.address, /[\x00-\x1f\x7f]/);
      assert.match(mailbox.domain, /^[\x21-\x7e]+$/);
      assert.equal(mailbox.domain, mailbox.domain.toLowerCase());
      assert.equal(domainOf(mailbox.address), mailbox.domain);
    });
    fc.assert(property, { numRuns: 3000 });
  });

  it('reads every ordinary address', () => {
    fc.assert(fc.property(fc.emailAddress({ size: '-1' }), t => assert.ok(parseMailbox(t), t)));
  });

  it('is fast on long nonsense', () => {
    for (const c of ['"', '\\', '@', '.', 'a.', 'a', '"\\']) assert.equal(parseMailbox(c.repeat(500_000)), null);
  });
});

describe('domainOf', () => {
  const table: [string, string][] = [
    ['a@Contoso.COM', 'contoso.com'],
    ['"a@b"@x.org', 'x.org'],
    ['a@[IPv6:2001:DB8::1]', '[ipv6:2001:db8::1]'],
    ['a@bücher.example', 'xn--bcher-kva.example'],
    ['postmaster', ''],
    ['', ''],
  ];
  for (const [address, domain] of table) {
    it(`of '${address}' is '${domain}'`, () => assert.equal(domainOf(address), domain));
  }
});

describe('isAscii', () => {
  it('tells whether SMTPUTF8 is needed', () => {
    assert.equal(isAscii(''), true);
    assert.equal(isAscii('a@x.org\x7f'), true);
    assert.equal(isAscii('é@x.org'), false);
    assert.equal(isAscii('\u0080'), false);
  });
});

describe('hasRoutedLocalPart', () => {
  for (const text of [
    'user%third.org',
    'third!user',
    'a!b!c',
    '"user@third.org"',
    '"a%b"',
    '@third.org:user',
    '@a,@b:user',
  ]) {
    it(`sees the route in ${text}`, () => assert.equal(hasRoutedLocalPart(text), true));
  }
  for (const text of ['user', 'user+tag', 'SRS0=HHH=TT=x.org=user', 'bounce-123=x.org', '"john doe"', 'müller', '']) {
    it(`sees none in '${text}'`, () => assert.equal(hasRoutedLocalPart(text), false));
  }
});
