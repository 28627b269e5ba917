import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type AddressSpace, parseAddressSpace } from '../../src/message/address-space.ts';

function space(text: string): AddressSpace {
  const parsed = parseAddressSpace(text);
  assert.ok(parsed, text);
  return parsed;
}

describe('parseAddressSpace', () => {
  it('takes * for every domain, also for none', () => {
    for (const domain of ['contoso.com', '[192.0.2.1]', '']) assert.equal(space('*').matches(domain), true);
  });

  it('takes a domain for exactly that domain', () => {
    assert.equal(space('Contoso.com').matches('contoso.com'), true);
    assert.equal(space('contoso.com').matches('CONTOSO.com'), true);
    assert.equal(space('contoso.com').matches('mail.contoso.com'), false);
    assert.equal(space('contoso.com').matches('xcontoso.com'), false);
  });

  it('takes *.domain for subdomains at any depth and not for the domain itself', () => {
    const sub = space('*.contoso.com');
    assert.equal(sub.matches('mail.contoso.com'), true);
    assert.equal(sub.matches('a.b.CONTOSO.com'), true);
    assert.equal(sub.matches('contoso.com'), false);
    assert.equal(sub.matches('.contoso.com'), false);
    assert.equal(sub.matches('xcontoso.com'), false);
    assert.equal(sub.matches('contoso.com.evil.org'), false);
  });

  it('takes an address literal for exactly that literal', () => {
    assert.equal(space('[192.0.2.1]').matches('[192.0.2.1]'), true);
    assert.equal(space('[IPv6:2001:DB8::1]').matches('[ipv6:2001:db8::1]'), true);
    assert.equal(space('[192.0.2.1]').matches('192.0.2.1'), false);
  });

  it('writes lower-case A-labels', () => {
    assert.equal(space('*.BÜCHER.example').text, '*.xn--bcher-kva.example');
    assert.equal(space('Contoso.COM').text, 'contoso.com');
  });

  it('orders exact above longer above shorter above all', () => {
    const order = ['a.b.contoso.com', '*.b.contoso.com', '*.contoso.com', '*.com', '*'].map(t => space(t).specificity);
    assert.deepEqual(
      order,
      order.toSorted((a, b) => b - a),
    );
    assert.equal(new Set(order).size, order.length);
    assert.ok(space('a').specificity > space(`*.${'abcdefgh.'.repeat(27)}com`).specificity);
  });

  for (const text of [
    '',
    '*.',
    '**',
    '*.*',
    '*.*.com',
    'mail.*',
    '*contoso.com',
    '.contoso.com',
    'contoso.com.',
    '*.[192.0.2.1]',
  ]) {
    it(`refuses '${text}'`, () => assert.equal(parseAddressSpace(text), null));
  }
  for (const text of ['[1.2]', 'a b.com', ' contoso.com', 'a@contoso.com', 'x,y', 'a\r\n.com']) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.equal(parseAddressSpace(text), null));
  }

  it('matches a subdomain pattern as the naive rule does, and never throws', () => {
    fc.assert(
      fc.property(fc.domain(), fc.domain(), (a, b) => {
        for (const other of [b, a, `${b}.${a}`]) {
          assert.equal(parseAddressSpace(a)?.matches(other) ?? false, parseAddressSpace(a) !== null && other === a);
          if (parseAddressSpace(a)) assert.equal(space(`*.${a}`).matches(other), other.endsWith(`.${a}`));
        }
      }),
    );
    fc.assert(fc.property(fc.string({ unit: 'binary' }), text => void parseAddressSpace(text)));
  });
});
