/** Address lists made up by the specification come back as they were; damaged ones end in an error. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeIpSecurityList, ListError } from '../../src/iis/ip-security-list.ts';
import { DecodedList, listOfTexts } from '../../src/iis/ip-security-text.ts';
import { encodeList, type Group } from './encode.ts';

const mask = fc.integer({ min: 0, max: 32 }).map(length => (length === 0 ? 0 : (0xffff_ffff << (32 - length)) >>> 0));
const word = fc.integer({ min: 0, max: 0xffff_ffff });
const group: fc.Arbitrary<Group> = fc.record({ mask, addresses: fc.array(word, { minLength: 1, maxLength: 20 }) });
const groups = fc.array(group, { maxLength: 6 });

const quad = (value: number) => [24, 16, 8, 0].map(shift => (value >>> shift) & 255).join('.');
const flat = (list: readonly Group[]) =>
  list.flatMap(({ mask, addresses }) => addresses.map(address => ({ address: quad(address), mask: quad(mask) })));
const isPlaceholder = ({ address, mask }: { address: string; mask: string }) =>
  address === '0.0.0.0' && mask === '255.255.255.255';

const names = fc.record({ denied: fc.nat({ max: 2 }), granted: fc.nat({ max: 2 }) });
const pairs = (entries: readonly { address: string; mask: string }[]) =>
  entries.map(({ address, mask }) => ({ address, mask }));

test('what is encoded by the specification is decoded, from bytes and from the texts of COM', () => {
  fc.assert(
    fc.property(groups, groups, names, (deny, grant, { denied, granted }) => {
      const list = decodeIpSecurityList(encodeList(deny, grant, { denied, granted }));
      assert.deepEqual(pairs(list.deny), flat(deny));
      assert.deepEqual(
        pairs(list.grant),
        flat(grant).filter(entry => !isPlaceholder(entry)),
      );
      // Who grants anything, be it a name, lets in only that.
      const onlyListed = grant.length > 0 || granted > 0;
      assert.equal(list.mode, onlyListed ? 'onlyListed' : 'allExcept');
      assert.deepEqual([list.deniedNames, list.grantedNames], [denied > 0, granted > 0]);
      assert.equal(list.leftover, 8 * (denied + granted));
      assert.equal(list.warnings.includes('leftover-bytes'), false);
      assert.ok([...list.grant, ...list.deny].every(({ cidr }) => cidr !== null));

      const texts = (entries: readonly Group[]) => flat(entries).map(({ address, mask }) => `${address}, ${mask}`);
      const decoded = listOfTexts(
        new DecodedList({
          GrantByDefault: !onlyListed,
          IPGrant: texts(grant),
          IPDeny: texts(deny),
          DomainGrant: Array(granted).fill('a.example'),
          DomainDeny: Array(denied).fill('b.example'),
        }),
      );
      const { leftover, ...same } = list;
      assert.deepEqual(
        { ...decoded, warnings: [...decoded.warnings].sort() },
        { ...same, leftover: 0, warnings: [...same.warnings].sort() },
      );
    }),
    { numRuns: 500 },
  );
});

test('names that are granted, and a count without addresses, do not let everybody in', () => {
  const byNames = decodeIpSecurityList(encodeList([], [], { denied: 0, granted: 1 }));
  assert.deepEqual([byNames.mode, byNames.grant], ['onlyListed', []]);
  const counted = encodeList([], []);
  new DataView(counted.buffer).setUint32(36, 1, true);
  const list = decodeIpSecurityList(counted);
  assert.deepEqual([list.mode, list.grant, list.grantIncomplete], ['onlyListed', [], true]);
  new DataView(counted.buffer).setUint32(28, 1, true);
  assert.equal(decodeIpSecurityList(counted).denyIncomplete, true);
  const texts = { GrantByDefault: true, IPGrant: [], IPDeny: [], DomainGrant: ['a.example'], DomainDeny: [] };
  assert.equal(listOfTexts(new DecodedList(texts)).mode, 'onlyListed');
});

test('a list of COM that does not tell who is denied may deny anybody', () => {
  const texts = { GrantByDefault: true, IPGrant: null, IPDeny: null, DomainGrant: null, DomainDeny: null };
  assert.equal(listOfTexts(new DecodedList(texts)).denyIncomplete, false);
  for (const name of ['IPDeny', 'DomainDeny']) {
    const { [name]: _, ...rest } = texts as Record<string, unknown>;
    assert.equal(listOfTexts(new DecodedList(rest)).denyIncomplete, true, name);
  }
});

test('a list that lost its end is refused, and one that got bytes more says so', () => {
  fc.assert(
    fc.property(groups, groups, fc.double({ min: 0, max: 1, noNaN: true }), (deny, grant, part) => {
      const whole = encodeList(deny, grant);
      const cut = whole.subarray(0, Math.max(1, Math.min(Math.floor(whole.length * part), whole.length - 1)));
      assert.throws(() => decodeIpSecurityList(cut), ListError);
      const longer = decodeIpSecurityList(Uint8Array.from([...whole, 1, 2, 3]));
      assert.equal(longer.leftover, 3);
      assert.ok(longer.warnings.includes('leftover-bytes'));
    }),
    { numRuns: 300 },
  );
});

test('groups of another family make their list incomplete, and other masks have no network', () => {
  const bytes = encodeList([], [{ mask: 0xffff_ffff, addresses: [0xc000_0201] }]);
  new DataView(bytes.buffer).setUint32(40, 23, true);
  const list = decodeIpSecurityList(bytes);
  assert.deepEqual([list.mode, list.grant, list.grantIncomplete], ['onlyListed', [], true]);
  assert.ok(list.warnings.includes('group-skipped'));
  const odd = decodeIpSecurityList(encodeList([{ mask: 0xff00_ff00, addresses: [0xc000_0201] }], []));
  assert.deepEqual([odd.deny[0]!.cidr, odd.denyIncomplete], [null, true]);
});

test('many groups that point at the same items do not make a long list', () => {
  // 4096 groups of 1000 addresses each, in 86 KB.
  const bytes = new Uint8Array(24 + 8 + 4096 * 20 + 24 + 4004);
  const view = new DataView(bytes.buffer);
  const [grant, empty, items] = [24, 24 + 8 + 4096 * 20, 24 + 8 + 4096 * 20 + 24];
  const write = (at: number, words: readonly number[]) => {
    for (const [index, word] of words.entries()) view.setUint32(at + index * 4, word, true);
  };
  write(
    0,
    [empty, grant, empty, empty].map(place => 0x8000_0000 + place),
  );
  view.setUint32(grant, 4096, true);
  for (let group = 0; group < 4096; group++) write(grant + 8 + group * 20, [2, 1001, 4, 0, 0x8000_0000 + items]);
  assert.throws(
    () => decodeIpSecurityList(bytes),
    (error: unknown) => error instanceof ListError && error.problem === 'count-out-of-range',
  );
});
