import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SessionCounter } from '../../src/policy/session-limits.ts';

const ENTERED = { entered: true };
const FULL = { entered: false, rule: 'MaxInboundConnection' };
const SOURCE_FULL = { entered: false, rule: 'MaxInboundConnectionPerSource' };

function counter(total: number, perSource: number): SessionCounter {
  return new SessionCounter(() => ({ maxInboundConnection: total, maxInboundConnectionPerSource: perSource }));
}

describe('SessionCounter', () => {
  it('keeps out what is above the limit of a source, and lets other sources in', () => {
    const subject = counter(10, 2);
    assert.deepEqual(subject.tryEnter('10.0.0.1'), ENTERED);
    assert.deepEqual(subject.tryEnter('10.0.0.1'), ENTERED);
    assert.deepEqual(subject.tryEnter('10.0.0.1'), SOURCE_FULL);
    assert.deepEqual(subject.tryEnter('10.0.0.2'), ENTERED);
    assert.equal(subject.count, 3);
  });

  it('keeps out what is above the total', () => {
    const subject = counter(2, 2);
    subject.tryEnter('10.0.0.1');
    subject.tryEnter('10.0.0.2');
    assert.deepEqual(subject.tryEnter('10.0.0.3'), FULL);
    subject.leave('10.0.0.1');
    assert.deepEqual(subject.tryEnter('10.0.0.3'), ENTERED);
  });

  it('counts the spellings of one address as one source', () => {
    const subject = counter(10, 1);
    assert.deepEqual(subject.tryEnter('::ffff:10.0.0.1'), ENTERED);
    assert.deepEqual(subject.tryEnter('10.0.0.1'), SOURCE_FULL);
    subject.leave('10.0.0.1');
    assert.equal(subject.count, 0);
  });

  it('counts clients without a readable address by what they are called', () => {
    const subject = counter(10, 1);
    assert.deepEqual(subject.tryEnter(''), ENTERED);
    assert.deepEqual(subject.tryEnter(''), SOURCE_FULL);
  });

  it('holds new limits at once and leaves in who is in', () => {
    let perSource = 2;
    const subject = new SessionCounter(() => ({ maxInboundConnection: 9, maxInboundConnectionPerSource: perSource }));
    subject.tryEnter('10.0.0.1');
    subject.tryEnter('10.0.0.1');
    perSource = 1;
    assert.equal(subject.count, 2);
    subject.leave('10.0.0.1');
    assert.deepEqual(subject.tryEnter('10.0.0.1'), SOURCE_FULL);
  });

  it('throws when a session leaves that is not in', () => {
    const subject = counter(2, 2);
    assert.throws(() => subject.leave('10.0.0.1'));
    subject.tryEnter('10.0.0.1');
    subject.leave('10.0.0.1');
    assert.throws(() => subject.leave('10.0.0.1'));
    assert.equal(subject.count, 0);
  });

  it('never exceeds a limit and counts right in any order of coming and going', () => {
    const step = fc.tuple(fc.boolean(), fc.constantFrom('10.0.0.1', '10.0.0.2', '::1'));
    const property = fc.property(fc.array(step, { maxLength: 60 }), steps => {
      const subject = counter(4, 2);
      const inside: string[] = [];
      const openFrom = (address: string) => inside.filter(other => other === address).length;
      for (const [enter, address] of steps) {
        if (enter) {
          const expected = inside.length < 4 && openFrom(address) < 2;
          assert.equal(subject.tryEnter(address).entered, expected);
          if (expected) inside.push(address);
        } else if (inside.includes(address)) {
          subject.leave(address);
          inside.splice(inside.indexOf(address), 1);
        }
        assert.equal(subject.count, inside.length);
      }
    });
    fc.assert(property);
  });
});
