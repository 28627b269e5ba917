/**
 * Several clients that send without end: small and large messages with one to six recipients, for all
 * next hops and fates in one transaction. A message without a 250 is never sent again, so that what
 * comes twice was doubled by the relay.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { namedMessage } from '../load/message.ts';
import { SmtpSession } from '../load/smtp-session.ts';
import type { Fate, Ledger } from './ledger.ts';
import type { Random } from './random.ts';

export interface SendersOptions {
  readonly port: number;
  readonly sessions: number;
  readonly random: Random;
  readonly ledger: Ledger;
  readonly running: () => boolean;
}

/** Larger ones take another way through the spool (message-file.ts). */
const LARGE = 256 * 1024;

export async function send(options: SendersOptions): Promise<void> {
  let number = 0;
  const sender = async (_: unknown, index: number) => {
    while (options.running()) {
      const session = await SmtpSession.open(options.port).catch(() => null);
      if (!session) {
        await wait(20);
        continue;
      }
      try {
        for (let left = options.random.between(1, 30); left > 0 && options.running(); left--) {
          await sendOne(session, `m${++number}`, `s${index}@senders.test`, options);
          await wait(options.random.between(0, 30));
        }
        session.end();
      } catch {
        session.destroy();
      }
    }
  };
  await Promise.all(Array.from({ length: options.sessions }, sender));
}

async function sendOne(session: SmtpSession, name: string, sender: string, options: SendersOptions): Promise<void> {
  const { random, ledger } = options;
  const recipients = recipientsOf(name, random);
  const size = random.chance(0.04) ? random.between(LARGE, LARGE + 150_000) : random.between(200, 20_000);
  const addresses = [...recipients.keys()];
  ledger.sending(recipients);
  // What has no sender can't be returned: its failures go to BadMail.
  const from = random.chance(0.05) ? '' : sender;
  await session.send(from, addresses, namedMessage(name, sender, addresses[0]!, size));
  ledger.acknowledged(recipients);
}

function recipientsOf(name: string, random: Random): Map<string, Fate> {
  const recipients = new Map<string, Fate>();
  for (let index = random.between(1, 6); index > 0; index--) {
    const local = `${name}.r${index}`;
    // smtp-sink takes everything; the verdicts are those of the other two.
    if (random.chance(0.4)) recipients.set(`${local}@load.test`, 'take');
    else {
      const domain = random.pick(['north.test', 'south.test']);
      const fate = random.pick<Fate>(['take', 'take', 'take', 'defer', 'refuse']);
      const suffix = { take: '', defer: `.defer${random.between(1, 3)}`, refuse: '.refuse' }[fate];
      recipients.set(`${local}${suffix}@${domain}`, fate);
    }
  }
  return recipients;
}
