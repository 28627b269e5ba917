/** queue.db of older relays goes on working. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { openSpool, put, temporaryFolder } from '../support/spool-folder.ts';

for (const [what, makeOld] of Object.entries({
  'of format 1': 'ALTER TABLE recipient DROP COLUMN delayReported; PRAGMA user_version = 1',
  'of format 1 that has the column already': 'PRAGMA user_version = 1',
  'of format 2 with another addition only': 'ALTER TABLE recipient DROP COLUMN delayReported; PRAGMA user_version = 2',
})) {
  test(`a queue.db ${what} is taken over with its messages`, async t => {
    const opened = await openSpool(await temporaryFolder(t));
    const message = await put(opened.spool);
    await opened.spool.close();
    const old = new DatabaseSync(join(opened.folder, 'queue.db'));
    old.exec(makeOld);
    old.close();

    const { spool, recovery } = await openSpool(opened.folder);
    assert.deepEqual([recovery.setAside, recovery.adopted], [[], []]);
    const untold = () =>
      spool.aged({ after: null, before: Date.now() + 1000, hops: { except: [] }, untold: true, limit: 10 });
    const [work] = (await untold()).works;
    assert.equal(work?.message.id, message.id);
    await spool.markDelayed(work!.message, [0]);
    assert.deepEqual(await untold(), { works: [], next: null });
    await put(spool);
    await spool.close();
    const after = new DatabaseSync(join(opened.folder, 'queue.db'), { readOnly: true });
    assert.deepEqual({ ...after.prepare('PRAGMA user_version').get() }, { user_version: 3 });
    after.close();
  });
}
