/**
 * A mail client that remembers what it was promised: sends numbered messages over several sessions,
 * notes each number that got a 250, and carries on after the relay was killed. A message that got no
 * answer is sent again under the same number, as a real client would do.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { namedMessage } from '../load/message.ts';
import { SmtpSession } from '../load/smtp-session.ts';

export interface FloodOptions {
  readonly port: number;
  readonly messages: number;
  readonly sessions: number;
  readonly size: number;
  readonly messagesPerSession: number;
  readonly onAcknowledged: (number: number) => void;
}

const SENDER = 'flood@example.com';

/** Sends everything; resolves when every message has its 250. */
export async function flood(options: FloodOptions): Promise<{ readonly attempts: number }> {
  let next = 0;
  let attempts = 0;
  const again: number[] = [];
  const take = () => again.pop() ?? (next < options.messages ? next++ : null);
  const worker = async () => {
    for (let number = take(); number !== null; ) {
      const session = await SmtpSession.open(options.port).catch(() => null);
      if (!session) {
        await wait(50);
        continue;
      }
      try {
        for (let sent = 0; number !== null && sent < options.messagesPerSession; sent++) {
          attempts++;
          const recipient = `r${number}@example.net`;
          await session.send(SENDER, [recipient], namedMessage(String(number), SENDER, recipient, options.size));
          options.onAcknowledged(number);
          number = take();
        }
        session.end();
      } catch {
        session.destroy();
      }
    }
  };
  await Promise.all(Array.from({ length: options.sessions }, worker));
  return { attempts };
}
