import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeRecord, encodeRecord } from '../../src/spool/segment-record.ts';

const bytesOf = (parts: readonly Buffer[]) => Buffer.concat([...parts]);

test('a record comes back as it was, body and all, wherever it lies', () => {
  fc.assert(
    fc.property(
      fc.json(),
      fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 4 }),
      fc.nat(50),
      (json, chunks, before) => {
        const record = encodeRecord(
          'accepted',
          JSON.parse(json),
          chunks.map(chunk => Buffer.from(chunk)),
        );
        const bytes = Buffer.concat([Buffer.alloc(before, 7), ...record.parts]);
        const read = decodeRecord(bytes, before);
        assert.equal(read.state, 'record');
        if (read.state !== 'record') return;
        assert.deepEqual(read.json, JSON.parse(json));
        assert.deepEqual(read.body, Buffer.concat(chunks.map(chunk => Buffer.from(chunk))));
        assert.equal(read.bodyAt, before + record.bodyAt);
        assert.equal(read.next, before + record.length);
      },
    ),
  );
});

test('a record that was torn at any byte is an end, not a record', () => {
  const bytes = bytesOf(encodeRecord('accepted', { number: 1 }, [Buffer.from('Subject: x\r\n\r\nhello\r\n')]).parts);
  for (let length = 0; length < bytes.length; length++)
    assert.equal(decodeRecord(bytes.subarray(0, length), 0).state, 'end', `cut at ${length}`);
});

test('a flipped bit anywhere is noticed', () => {
  const bytes = bytesOf(encodeRecord('accepted', { number: 1 }, [Buffer.from('body')]).parts);
  for (let at = 0; at < bytes.length; at++) {
    // The three bytes after the kind mean nothing.
    if (at >= 9 && at < 12) continue;
    const broken = Buffer.from(bytes);
    broken[at]! ^= 1;
    const read = decodeRecord(broken, 0);
    // A changed kind or length of the JSON may still be a record in form; it is never this one.
    if (read.state === 'record')
      assert.notDeepEqual(
        { kind: read.kind, body: read.body.toString() },
        { kind: 'accepted', body: 'body' },
        `byte ${at}`,
      );
  }
});

test('no bytes make it throw', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.nat(320),
      (bytes, at) => void decodeRecord(Buffer.from(bytes), at),
    ),
  );
});

test('zeros after the last record are the torn end of a write, not damage', () => {
  const record = Buffer.concat(encodeRecord('done', { number: 1 }).parts);
  for (const zeros of [0, 8, 64, 900])
    assert.equal(decodeRecord(Buffer.concat([record, Buffer.alloc(zeros)]), record.length).state, 'end');
  const damaged = Buffer.concat([record, Buffer.alloc(900), Buffer.from('x')]);
  assert.equal(decodeRecord(damaged, record.length).state, 'damaged');
});
