/** Spool, scheduler and reports together, with a clock turned by hand and a next hop that does as told. */
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { Bounce } from '../../src/bounce/bounce.ts';
import type { RelayEvent } from '../../src/log/events.ts';
import type { TransactionResult } from '../../src/message/outcome.ts';
import { Holds } from '../../src/scheduler/holds.ts';
import type { HopSchedule } from '../../src/scheduler/hop-schedule.ts';
import { Scheduler, type SchedulerSettings } from '../../src/scheduler/scheduler.ts';
import type { QueueSpool } from '../../src/spool/queue-spool.ts';
import { HandClock } from './smtp-hand-clock.ts';
import { openSpool, streamed, temporaryFolder } from './spool-folder.ts';

export const HOURS = 3_600_000;

export interface Engine {
  readonly folder: string;
  readonly clock: HandClock;
  readonly events: RelayEvent[];
  readonly settings: { -readonly [Key in keyof SchedulerSettings]: SchedulerSettings[Key] };
  /** What next hops have of their own. */
  readonly schedules: Record<string, Partial<HopSchedule>>;
  readonly copies: { ndrCopyTo: string | null; ndrCopyPerHour: number };
  spool: QueueSpool;
  scheduler: Scheduler;
  /** What the next hop answers, by recipient domain. */
  answer: (hop: string) => TransactionResult;
  restart(): Promise<void>;
  /** Lets time pass in steps, so that what each step sets off comes to its end. */
  pass(milliseconds: number): Promise<void>;
  /** Reports in the spool: recipient and text. */
  reports(): Promise<{ to: string; text: string }[]>;
}

export const deferring = (text = 'Try later'): TransactionResult => ({
  kind: 'tried',
  outcomes: [{ kind: 'deferred', reply: { code: 451, enhanced: '4.7.1', text }, remote: null }],
});

export const failing = (): TransactionResult => ({
  kind: 'tried',
  outcomes: [{ kind: 'failed', reply: { code: 550, enhanced: '5.1.1', text: 'Nobody here' }, remote: null }],
});

export async function startEngine(t: TestContext): Promise<Engine> {
  const folder = await temporaryFolder(t);
  const clock = new HandClock();
  const events: RelayEvent[] = [];
  const engine = {
    folder,
    clock,
    events,
    settings: {
      retryInterval: [3600],
      messageExpirationTimeout: 48 * 3600,
      delayNotificationTimeout: 12 * 3600,
      maxOutboundConnections: 100,
    },
    schedules: {},
    copies: { ndrCopyTo: null, ndrCopyPerHour: 100 },
    answer: () => deferring(),
  } as unknown as Engine;
  const open = async () => {
    const opened = await openSpool(folder, {
      now: () => clock.now(),
      onAccepted: works => engine.scheduler.accepted(works),
    });
    engine.spool = opened.spool;
    const bounce = new Bounce({
      spool: opened.spool,
      emit: event => events.push(event),
      now: () => clock.now(),
      badMailFolder: opened.badMail,
      copies: () => engine.copies,
      identity: () => ({ fqdn: 'relay.test', postmaster: 'postmaster@relay.test' }),
    });
    engine.scheduler = new Scheduler({
      clock,
      spool: opened.spool,
      deliver: async hop => engine.answer(hop.key),
      reporter: bounce,
      emit: event => events.push(event),
      random: () => 0,
      holds: await Holds.open(join(folder, 'suspended.json'), () => {}),
      settings: () => engine.settings,
      logsOn: () => false,
      scheduleOf: hop => ({ ...engine.settings, ...engine.schedules[hop.key] }),
      describe: key => ({ key, connector: 'Test', deliveryType: 'DnsConnectorDelivery', nextHopDomain: key }),
      limits: () => ({ maxConnections: 5, maxRecipientsPerTransaction: 1, maxMessagesPerMinute: null }),
    });
    await engine.scheduler.start();
  };
  // The clock stands still, so the wait for what is on its way has to be turned on by hand.
  const stop = async () => {
    const stopping = engine.scheduler.stop(0);
    await new Promise(resolve => setTimeout(resolve, 50));
    await clock.advance(1);
    await stopping;
  };
  await open();
  t.after(stop);
  return Object.assign(engine, {
    restart: async () => {
      await stop();
      await engine.spool.close();
      await open();
    },
    pass: async (milliseconds: number) => {
      for (let left = milliseconds; left > 0; left -= HOURS / 2) {
        await clock.advance(Math.min(left, HOURS / 2));
        await new Promise(resolve => setTimeout(resolve, 15));
      }
    },
    reports: async () => {
      for (;;) {
        const works = await engine.spool.list({ hops: null, number: null, limit: 1000 });
        try {
          return await Promise.all(
            works
              .filter(({ message }) => message.origin.source === 'DSN')
              .map(async ({ message }) => ({
                to: message.envelope.recipients[0]!.address,
                text: (await streamed((await engine.spool.openBody(message)).stream())).toString('utf8'),
              })),
          );
        } catch (error) {
          // One ended between the list and its file: look again.
          if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        }
      }
    },
  });
}

/** The clock is quick and the disk is not: time goes on, slowly, until so many reports were written. */
export async function told(engine: Engine, count: number): Promise<void> {
  const isTold = () => engine.events.filter(event => event.type === 'report').length >= count;
  for (let patience = 600; !isTold(); patience--) {
    if (patience === 0) throw new Error(`${count} report(s) were not written`);
    await engine.clock.advance(31_000);
    await new Promise(resolve => setTimeout(resolve, 100));
  }
}
