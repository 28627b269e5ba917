import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { insertionOf } from '../../src/spool/rows.ts';
import { StoreClient } from '../../src/spool/store-client.ts';
import { envelopeOf, ORIGIN, temporaryFolder } from '../support/spool-folder.ts';

const insertion = (number: number, hop = 'example.net') =>
  insertionOf(
    {
      number,
      id: `Q${number}`,
      envelope: envelopeOf(),
      origin: ORIGIN,
      receivedAt: 1000,
      size: 10,
      subject: null,
      internetMessageId: null,
    },
    [hop],
    0,
    0,
  );

async function openStore(t: TestContext): Promise<{ store: StoreClient; path: string }> {
  const path = join(await temporaryFolder(t), 'queue.db');
  const store = await StoreClient.open(path);
  t.after(() => store.close());
  return { store, path };
}

const numbersIn = async (store: StoreClient) =>
  (await store.call('list', { hops: null, number: null, after: 0, limit: 1000, where: null })).map(
    stored => stored.message.number,
  );

test('a bad call in a batch fails alone', async t => {
  const { store } = await openStore(t);
  await store.call('insert', insertion(5));
  // In one turn, so they are one batch and one transaction; number 5 is there already.
  const results = await Promise.allSettled([4, 5, 6].map(number => store.call('insert', insertion(number))));
  assert.deepEqual(
    results.map(result => result.status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
  assert.deepEqual(await numbersIn(store), [4, 5, 6]);
});

test('a call that fails leaves nothing of itself behind', async t => {
  const { store } = await openStore(t);
  const twice = insertion(1);
  const broken = { ...twice, recipients: [...twice.recipients, ...twice.recipients] };
  await assert.rejects(store.call('insert', broken), /UNIQUE/);
  assert.deepEqual(await numbersIn(store), []);
  assert.deepEqual(await store.call('summaries'), []);
});

test('calls are answered in the order they were made, over many batches', async t => {
  const { store } = await openStore(t);
  const order: number[] = [];
  await Promise.all(
    Array.from({ length: 2500 }, (_, at) => store.call('insert', insertion(at + 1)).then(() => order.push(at + 1))),
  );
  assert.deepEqual(
    order,
    Array.from({ length: 2500 }, (_, at) => at + 1),
  );
  assert.equal((await store.call('summaries'))[0]!.messages, 2500);
});

test('closing waits for what was asked for, and refuses what comes later', async t => {
  const { store, path } = await openStore(t);
  const insertions = [1, 2, 3].map(number => store.call('insert', insertion(number)));
  await store.close();
  await Promise.all(insertions);
  await assert.rejects(store.call('summaries'), /closed/);
  const again = await StoreClient.open(path);
  t.after(() => again.close());
  assert.equal((await numbersIn(again)).length, 3);
});

test('a file that is no database is refused and left as it is', async t => {
  const path = join(await temporaryFolder(t), 'queue.db');
  await writeFile(path, 'This is not a database, and long enough to be looked at. '.repeat(100));
  await assert.rejects(StoreClient.open(path), /not a database/);
});

test('a database of a newer relay is refused', async t => {
  const path = join(await temporaryFolder(t), 'queue.db');
  const database = new DatabaseSync(path);
  database.exec('PRAGMA user_version = 99');
  database.close();
  await assert.rejects(StoreClient.open(path), /newer relay/);
});

test('damage inside the database is found by the check', async t => {
  const { store, path } = await openStore(t);
  await store.call('insert', insertion(1));
  await store.call('check');
  await store.close();
  const database = new DatabaseSync(path);
  database.enableDefensive?.(false);
  // A column that must be filled and is not: the pages are sound, the content is not.
  database.exec(
    `PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'subject TEXT', 'subject TEXT NOT NULL') WHERE name = 'message'`,
  );
  database.close();
  const again = await StoreClient.open(path);
  t.after(() => again.close());
  await assert.rejects(again.call('check'), /quick_check/);
});
