import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { MessageStream } from '../../src/listener/message-stream.ts';

const read = async (stream: MessageStream) => {
  const chunks: Buffer[] = [];
  for (let chunk = await stream.next(); chunk !== null; chunk = await stream.next()) chunks.push(chunk);
  return Buffer.concat(chunks);
};

describe('the text of a message on its way', () => {
  it('comes out as it went in, whoever is faster, and is never held beyond the bound', async () => {
    const steps = fc.array(fc.oneof(fc.integer({ min: 1, max: 90_000 }), fc.constant('turn' as const)), {
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(steps, fc.boolean(), async (plan, readsLate) => {
        const stream = new MessageStream();
        const sent: Buffer[] = [];
        let ends = 0;
        stream.on('end', () => ends++);
        const reading = readsLate ? null : read(stream);
        const writing = (async () => {
          for (const step of plan) {
            if (step === 'turn') {
              await turn();
              continue;
            }
            const chunk = Buffer.alloc(step, sent.length);
            sent.push(chunk);
            if (!stream.write(chunk)) await new Promise<void>(resolve => stream.once('drain', resolve));
            assert.equal(stream.writableNeedDrain, false);
          }
          stream.end();
        })();
        const got = await (reading ?? read(stream));
        await writing;
        assert.ok(got.equals(Buffer.concat(sent)));
        assert.deepEqual([ends, stream.readable, stream.writable], [1, false, false]);
      }),
      { numRuns: 300 },
    );
  });

  it('says when the client has gone, after what came', async () => {
    const stream = new MessageStream();
    let closes = 0;
    stream.on('close', () => closes++);
    stream.write(Buffer.from('a'));
    const waiting = stream
      .next()
      .then(async first => [first?.toString(), await stream.next().catch(error => error.code)]);
    await turn();
    stream.destroy();
    stream.destroy();
    assert.deepEqual(await waiting, ['a', 'ECONNECTION']);
    assert.deepEqual(
      [closes, stream.readable, stream.writable, stream.write(Buffer.from('b'))],
      [1, false, false, true],
    );
  });

  it('is resumed by smtp-server when its reader has failed: until it is given up, it says that nobody reads', () => {
    const stream = new MessageStream();
    assert.equal(stream.readableFlowing, null);
    stream.resume();
    assert.equal(stream.readableFlowing, true);
  });

  it('can be given up: the writer is let go, and the end is still told', async () => {
    for (const endsBefore of [true, false]) {
      const stream = new MessageStream();
      const heard: string[] = [];
      for (const event of ['drain', 'end']) stream.on(event, () => heard.push(event));
      assert.equal(stream.write(Buffer.alloc(70_000)), false);
      if (endsBefore) stream.end();
      stream.resume();
      assert.equal(stream.write(Buffer.alloc(70_000)), true);
      if (!endsBefore) stream.end();
      assert.deepEqual(heard, ['drain', 'end']);
      assert.equal(await stream.next(), null);
    }
  });
});
