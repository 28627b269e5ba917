/** Functions in a thread of their own: results, what they throw, an end in between, and a new begin. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { CallThread } from '../../src/platform/call-thread.ts';
import { removeFolder, temporaryFolder } from '../support/relay-harness.ts';

type Trial = {
  readonly add: (a: number, b: number) => Promise<number>;
  readonly fail: () => Promise<never>;
  readonly wait: () => Promise<never>;
  readonly die: () => Promise<never>;
};

test('answers each call, also after its thread was ended or died', async t => {
  const folder = await temporaryFolder();
  t.after(() => removeFolder(folder));
  const script = pathToFileURL(join(folder, 'trial.ts'));
  await writeFile(
    script,
    `import { answerCalls } from ${JSON.stringify(new URL('../../src/platform/call-thread.ts', import.meta.url).href)};
     answerCalls({
       add: async (a: number, b: number) => a + b,
       fail: async () => { throw new Error('no such file'); },
       wait: () => new Promise(() => {}),
       die: async () => process.exit(3),
     });`,
  );
  const thread = new CallThread<Trial>(script);
  t.after(() => thread.close());
  assert.deepEqual(await Promise.all([thread.call('add', 1, 2), thread.call('add', 3, 4)]), [3, 7]);
  await assert.rejects(thread.call('fail'), /^Error: no such file$/);
  const cut = assert.rejects(thread.call('wait'), /was ended/);
  await thread.close();
  await cut;
  assert.equal(await thread.call('add', 5, 6), 11);
  await assert.rejects(Promise.all([thread.call('die'), thread.call('wait')]), /has ended/);
  assert.equal(await thread.call('add', 7, 8), 15);
});
