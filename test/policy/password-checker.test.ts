import assert from 'node:assert/strict';
import { scryptSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { PasswordChecker, TooManyChecks } from '../../src/policy/password-checker.ts';

const salt = Buffer.from('saltsaltsaltsalt');
/** Cheap ones, so that the order shows and nothing else. */
function verifier(password: string, cost = 1024): string {
  const hash = scryptSync(password, salt, 32, { N: cost, r: 8, p: 1, maxmem: 1 << 28 });
  return `scrypt$${cost}$${salt.toString('base64')}$${hash.toString('base64')}`;
}
const GOOD = verifier('right');

const check = (changes: object = {}) => ({
  source: '192.0.2.1',
  suspicious: false,
  password: 'wrong',
  verifier: GOOD,
  wanted: () => true,
  ...changes,
});

describe('a password check', () => {
  it('says whether the password fits', async () => {
    const checker = new PasswordChecker(1);
    assert.equal(await checker.check(check({ password: 'right' })), true);
    assert.equal(await checker.check(check()), false);
  });

  it('takes turns by source, those with failures last', async () => {
    const checker = new PasswordChecker(1);
    const order: string[] = [];
    const run = (name: string, source: string, suspicious = false) =>
      checker.check(check({ source, suspicious })).then(() => order.push(name));
    await Promise.all([
      run('first', 'a'),
      run('bad 1', 'x', true),
      run('a 1', 'a'),
      run('a 2', 'a'),
      run('a 3', 'a'),
      run('b 1', 'b'),
      run('b 2', 'b'),
      run('bad 2', 'y', true),
    ]);
    assert.deepEqual(order, ['first', 'a 1', 'b 1', 'a 2', 'b 2', 'a 3', 'bad 1', 'bad 2']);
  });

  it('lets only a few wait for each source, and then the others all the same', async () => {
    const checker = new PasswordChecker(1);
    const many = Array.from({ length: 30 }, () => checker.check(check({ source: 'x', suspicious: true })));
    const other = checker.check(check({ source: 'y', password: 'right' }));
    const results = await Promise.allSettled(many);
    const refused = results.filter(result => result.status === 'rejected');
    assert.equal(refused.length, 19);
    assert.ok(refused.every(({ reason }) => reason instanceof TooManyChecks));
    assert.equal(await other, true);
  });

  it('does no work that nobody wants any more', async () => {
    const checker = new PasswordChecker(1);
    let asked = 0;
    const dear = verifier('right', 65_536);
    const begin = performance.now();
    await checker.check(check({ verifier: dear }));
    const once = performance.now() - begin;
    const again = performance.now();
    const wanted = () => {
      asked++;
      return false;
    };
    const results = await Promise.all(
      Array.from({ length: 11 }, () => checker.check(check({ verifier: dear, password: 'right', wanted }))),
    );
    assert.deepEqual([results.includes(true), asked], [false, 11]);
    assert.ok(performance.now() - again < 5 * once, 'eleven took as long as if they had been done');
  });

  it('knows a password again that was right, and only that one for only that verifier', async () => {
    const checker = new PasswordChecker(1);
    const wanted = () => assert.fail('no work is needed');
    assert.equal(await checker.check(check({ password: 'right' })), true);
    assert.equal(await checker.check(check({ password: 'right', wanted })), true);
    assert.equal(await checker.check(check({ password: 'Right' })), false);
    assert.equal(await checker.check(check({ password: 'right', verifier: verifier('other') })), false);
  });
});
