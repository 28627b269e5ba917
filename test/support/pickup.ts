/** A Pickup folder at work on a real spool, looked at every few milliseconds. */
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { RelayEvent } from '../../src/log/events.ts';
import type { Origin } from '../../src/message/envelope.ts';
import { type FileActions, type PickupSettings, realFiles } from '../../src/pickup/pickup-file.ts';
import { PickupFolder } from '../../src/pickup/pickup-folder.ts';
import { systemClock } from '../../src/platform/clock.ts';
import type { QueueSpool } from '../../src/spool/queue-spool.ts';
import { openSpool, streamed, temporaryFolder } from './spool-folder.ts';

export const POLL = 20;

export interface TestPickup {
  readonly data: string;
  readonly folder: string;
  readonly badMail: string;
  readonly spool: QueueSpool;
  readonly events: RelayEvent[];
  readonly files: { rename: FileActions['rename']; remove: FileActions['remove'] };
  /** As a restart would. */
  restart(): Promise<void>;
  put(name: string, text: string | Buffer): Promise<void>;
  names(): Promise<string[]>;
  /** Sender, recipients and text of what is in the spool, oldest first. */
  accepted(): Promise<{ sender: string; recipients: string[]; text: string; origin: Origin }[]>;
  /** Sentences of the activity log. */
  told(): string[];
}

export async function startPickup(t: TestContext, settings: Partial<PickupSettings> = {}): Promise<TestPickup> {
  const data = await temporaryFolder(t);
  const folder = join(data, 'Pickup');
  await mkdir(folder);
  const events: RelayEvent[] = [];
  const files = { ...realFiles };
  const { spool, badMail } = await openSpool(data);
  const open = async () => {
    const pickup = new PickupFolder({
      folder,
      dataFolder: data,
      spool,
      emit: event => events.push(event),
      clock: systemClock,
      settings: () => ({
        fqdn: 'relay.test',
        maxMessageSize: 1024 * 1024,
        maxRecipientsPerMessage: 100,
        maxHopCount: 30,
        pickupDotHandling: 'AsIs',
        ...settings,
      }),
      files: { rename: (from, to) => files.rename(from, to), remove: path => files.remove(path) },
      pollInterval: POLL,
    });
    await pickup.start();
    return pickup;
  };
  let pickup = await open();
  t.after(() => pickup.stop());
  return {
    data,
    folder,
    badMail,
    spool,
    events,
    files,
    restart: async () => {
      await pickup.stop();
      pickup = await open();
    },
    put: (name, text) => writeFile(join(folder, name), text),
    names: async () => (await readdir(folder)).sort(),
    accepted: async () => {
      const works = await spool.list({ hops: null, number: null, limit: 1000 });
      const messages = [...new Map(works.map(work => [work.message.number, work.message])).values()];
      return Promise.all(
        messages.map(async message => ({
          sender: message.envelope.reversePath,
          recipients: message.envelope.recipients.map(({ address }) => address),
          text: (await streamed((await spool.openBody(message)).stream())).toString('latin1'),
          origin: message.origin,
        })),
      );
    },
    told: () =>
      events.flatMap(event =>
        event.type === 'service' ? [event.what] : event.type === 'quarantined' ? [event.reason] : [],
      ),
  };
}

/** Makes a file look older. */
export const age = (path: string, seconds: number): Promise<void> => {
  const time = new Date(Date.now() - seconds * 1000);
  return utimes(path, time, time);
};
