/** The exchange of AUTH NTLM and GSSAPI line by line; with the real packages it is negotiate.test.ts. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Mechanism, Negotiation } from '../../src/listener/negotiation.ts';
import type { TokenAnswer } from '../../src/platform/windows-bridge.ts';
import { FakeExchange } from '../support/fake-bridge.ts';

const base64 = (text: string) => Buffer.from(text, 'latin1').toString('base64');
const more = (token: string): TokenAnswer => ({ kind: 'more', token: Buffer.from(token) });
const done = (token = ''): TokenAnswer => ({ kind: 'done', token: Buffer.from(token), identity: 'DOM\\bob' });
const challenge = (text: string) => ({ kind: 'challenge', text: base64(text) });
const ACCEPTED = { kind: 'accepted', identity: 'DOM\\bob' };
const LAYER = '\x01\0\0\0';

function negotiation(mechanism: Mechanism, ...answers: TokenAnswer[]) {
  const exchange = new FakeExchange(answers);
  return { exchange, made: new Negotiation(mechanism, exchange) };
}

describe('AUTH NTLM', () => {
  it('ends without a security layer, and drops a last token', async () => {
    const { made, exchange } = negotiation('NTLM', more('type 2'), done('last'));
    assert.deepEqual(await made.answer(base64('type 1')), challenge('type 2'));
    assert.equal(exchange.isEnded, false);
    assert.deepEqual(await made.answer(base64('type 3')), ACCEPTED);
    assert.deepEqual([exchange.tokens, exchange.isEnded], [['type 1', 'type 3'], true]);
  });

  it('begins with an empty challenge when AUTH came alone', async () => {
    const { made, exchange } = negotiation('NTLM', more('type 2'));
    assert.deepEqual(await made.answer(null), challenge(''));
    assert.deepEqual(await made.answer(base64('type 1')), challenge('type 2'));
    assert.deepEqual(exchange.tokens, ['type 1']);
  });

  it('takes = for an empty initial response', async () => {
    const { made, exchange } = negotiation('NTLM', more('x'));
    await made.answer('=');
    assert.deepEqual(exchange.tokens, ['']);
  });
});

describe('AUTH GSSAPI', () => {
  it('offers no security layer at the end, and lets the client choose just that', async () => {
    const { made, exchange } = negotiation('GSSAPI', more('token'), done());
    await made.answer(base64('first'));
    assert.deepEqual(await made.answer(base64('second')), challenge(`signed:${LAYER}`));
    assert.deepEqual(await made.answer(base64(`signed:${LAYER}`)), ACCEPTED);
    assert.equal(exchange.isEnded, true);
  });

  it('waits for an empty line when the server has the last token', async () => {
    const { made } = negotiation('GSSAPI', done('last'));
    assert.deepEqual(await made.answer(base64('first')), challenge('last'));
    assert.deepEqual(await made.answer(''), challenge(`signed:${LAYER}`));
    const other = negotiation('GSSAPI', done('last'));
    await other.made.answer(base64('first'));
    assert.deepEqual(await other.made.answer(base64('x')), { kind: 'failed', why: 'UnexpectedToken' });
    assert.equal(other.exchange.isEnded, true);
  });

  const CHOICES: [string, string, string | null][] = [
    ['its own name', `signed:${LAYER}dom\\BOB`, null],
    ['another name', `signed:${LAYER}DOM\\boss`, 'AuthorizationIdentity'],
    ['a name that only begins like its own', `signed:${LAYER}DOM\\bob\0`, 'AuthorizationIdentity'],
    ['a layer with signatures', 'signed:\x02\0\0\0', 'SecurityLayer'],
    ['no layer and signatures at once', 'signed:\x03\0\0\0', 'SecurityLayer'],
    ['three octets', 'signed:\x01\0\0', 'SecurityLayer'],
    ['nothing', '', 'SecurityLayer'],
    ['what it did not sign', LAYER, 'SecurityLayer'],
  ];
  for (const [title, choice, why] of CHOICES)
    it(`${why === null ? 'accepts' : 'refuses'} ${title}`, async () => {
      const { made, exchange } = negotiation('GSSAPI', done());
      await made.answer(base64('first'));
      const answer = await made.answer(base64(choice));
      assert.deepEqual(answer, why === null ? ACCEPTED : { kind: 'failed', why });
      assert.equal(exchange.isEnded, true);
    });
});

describe('an exchange', () => {
  it('ends with * and with what is no base64, and neither is a guess', async () => {
    for (const line of ['*', 'abc', 'ab=c', '====', 'a b=', '\u00e4\u00e4\u00e4\u00e4']) {
      const { made, exchange } = negotiation('GSSAPI', more('x'));
      const answer = await made.answer(line);
      assert.equal(answer.kind, 'cancelled', line);
      assert.deepEqual([exchange.isEnded, exchange.tokens], [true, []]);
    }
  });

  it('ends with the first refusal of the package', async () => {
    const { made, exchange } = negotiation('NTLM', { kind: 'refused', why: 'InvalidToken' });
    assert.deepEqual(await made.answer(base64('x')), { kind: 'failed', why: 'InvalidToken' });
    assert.equal(exchange.isEnded, true);
  });

  it('does not hand on a token that is too long', async () => {
    const { made, exchange } = negotiation('NTLM', more('x'));
    assert.deepEqual(await made.answer(base64('x'.repeat(48 * 1024 + 1))), { kind: 'failed', why: 'TokenTooLong' });
    assert.deepEqual([exchange.isEnded, exchange.tokens], [true, []]);
  });
});
