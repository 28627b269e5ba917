import assert from 'node:assert/strict';
import { scryptSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { DUMMY_VERIFIER, hashPassword, verifyPassword } from '../../src/policy/password.ts';

function verifier(password: string, cost: number): string {
  const hash = scryptSync(password, 'saltsaltsaltsalt', 32, { N: cost, r: 8, p: 1, maxmem: 1 << 28 });
  return `scrypt$${cost}$${Buffer.from('saltsaltsaltsalt').toString('base64')}$${hash.toString('base64')}`;
}

describe('hashPassword', () => {
  it('makes a verifier that fits this password only', async () => {
    const made = await hashPassword('correct horse');
    assert.match(made, /^scrypt\$16384\$[A-Za-z0-9+/]{22}==\$[A-Za-z0-9+/]{43}=$/);
    assert.equal(await verifyPassword('correct horse', made), true);
    for (const wrong of ['', 'correct hors', 'Correct horse', 'correct horse ']) {
      assert.equal(await verifyPassword(wrong, made), false);
    }
  });

  it('makes another verifier each time', async () => {
    assert.notEqual(await hashPassword('x'), await hashPassword('x'));
  });

  it('takes any text for a password', async () => {
    for (const password of ['', 'Grüße 😀', '$', 'x'.repeat(10_000), 'a\0b']) {
      assert.equal(await verifyPassword(password, await hashPassword(password)), true);
    }
  });
});

describe('verifyPassword', () => {
  it('honours the cost in the verifier', async () => {
    assert.equal(await verifyPassword('x', verifier('x', 1024)), true);
    assert.equal(await verifyPassword('x', verifier('x', 32_768)), true);
  });

  it('finds no password that fits a malformed verifier', async () => {
    const good = verifier('x', 1024);
    const bad = [
      '',
      'x',
      'plain$1024$a$b',
      good.slice(0, -1),
      `${good} `,
      good.replace('1024', '1000'),
      good.replace('1024', '1'),
      good.replace('1024', '0'),
      good.replace('1024', '-1024'),
      good.replace('1024', '1048576'),
      good.replace('1024', '1e3'),
      good.replace(/\$[^$]+$/, '$'),
      good.replace(/\$[^$]+$/, '$AAAA'),
    ];
    for (const text of bad) assert.equal(await verifyPassword('x', text), false, text);
  });

  it('spends on an unknown account what it spends on a known one, and lets nobody in', async () => {
    const real = await hashPassword('x');
    const shape = (text: string) => text.replace(/[A-Za-z0-9+/]/g, 'x').length + text.split('$')[1]!;
    assert.equal(shape(DUMMY_VERIFIER), shape(real));
    for (const password of ['', 'x', DUMMY_VERIFIER])
      assert.equal(await verifyPassword(password, DUMMY_VERIFIER), false);
  });
});
