/**
 * Writes a data folder whose queue holds many messages for one next hop, in the real format: files
 * in Queue/ and rows in queue.db, as QueueSpool leaves them. Sending a million messages would take
 * longer than what is to be measured.
 */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { AcceptedMessage } from '../../../src/message/envelope.ts';
import { QueueIdSource } from '../../../src/message/queue-id.ts';
import { writeEnvelopeLines } from '../../../src/spool/envelope-lines.ts';
import { insertionOf } from '../../../src/spool/rows.ts';
import { Store } from '../../../src/spool/store.ts';

const PER_TRANSACTION = 10_000;
const SENDERS = 1000;

/** @param hop key of the next hop that all of them wait for */
export function generateQueue(dataFolder: string, count: number, hop: string, progress: (done: number) => void): void {
  mkdirSync(join(dataFolder, 'Queue'), { recursive: true, mode: 0o700 });
  const store = new Store(join(dataFolder, 'queue.db'));
  const begin = Date.now() - count;
  let time = begin;
  const ids = new QueueIdSource(() => time);
  for (let done = 0; done < count; ) {
    const end = Math.min(count, done + PER_TRANSACTION);
    store.transaction(() => {
      for (; done < end; done++) {
        time = begin + done;
        writeOne(store, dataFolder, messageOf(ids.next(), done, time), hop);
      }
    });
    progress(done);
  }
  store.close();
}

function messageOf(identity: { number: number; id: string }, index: number, receivedAt: number): AcceptedMessage {
  return {
    ...identity,
    envelope: {
      // One sender in a thousand is of a.example, and they come in no order.
      reversePath: `device${index}@${index % SENDERS === 500 ? 'a' : `site${index % SENDERS}`}.example`,
      recipients: [{ address: `inbox${index % 5000}@example.net`, notify: [], orcpt: null }],
      ret: null,
      envid: null,
      eightBitMime: false,
      smtpUtf8: false,
    },
    origin: {
      source: 'SMTP',
      clientIp: '10.0.0.5',
      heloName: 'device.example',
      listener: 'Default',
      account: null,
      sessionId: index.toString(16).padStart(16, '0'),
    },
    receivedAt,
    size: 0,
    subject: `Report number ${index}`,
    internetMessageId: `<${index}@device.example>`,
  };
}

function writeOne(store: Store, dataFolder: string, facts: AcceptedMessage, hop: string): void {
  const text = `Subject: ${facts.subject}\r\nMessage-ID: ${facts.internetMessageId}\r\nFrom: <${facts.envelope.reversePath}>\r\n\r\n${'A line of a report.\r\n'.repeat(20)}`;
  const body = Buffer.from(text, 'latin1');
  const lines = writeEnvelopeLines(facts.envelope);
  const file = openSync(join(dataFolder, 'Queue', `${facts.id}.eml`), 'wx', 0o600);
  writeSync(file, Buffer.concat([lines, body]));
  closeSync(file);
  store.insert(insertionOf({ ...facts, size: body.length }, [hop], lines.length, crc32(body)));
}
