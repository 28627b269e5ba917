/** An administrator's message, by the way of every other message. */
import { RelayProblem } from '../contract/problems.ts';
import { Intake, IntakeRefused } from '../listener/intake.ts';
import type { Emit } from '../log/events.ts';
import type { Envelope } from '../message/envelope.ts';
import { fqdnOf, type Settings } from '../settings/settings.ts';
import type { Spool } from '../spool/spool.ts';

export interface SubmissionDependencies {
  readonly spool: Spool;
  readonly emit: Emit;
  readonly now: () => number;
  readonly settings: () => Settings;
}

/**
 * @param connector takes it whatever its address spaces say; null for the usual way
 * @returns its queue id. @throws RelayProblem NotAccepted.
 */
export async function submit(
  { spool, emit, now, settings }: SubmissionDependencies,
  envelope: Envelope,
  text: Buffer,
  onId: (id: string) => void,
  connector: string | null = null,
): Promise<string> {
  const origin = {
    source: 'ADMIN',
    clientIp: '127.0.0.1',
    heloName: null,
    listener: null,
    account: null,
    sessionId: null,
    ...(connector === null ? {} : { connector }),
  } as const;
  const intake = new Intake({
    spool,
    envelope,
    origin,
    fqdn: fqdnOf(settings()),
    protocol: 'LOCAL',
    maxHopCount: settings().general.maxHopCount,
    now,
  });
  onId(intake.id);
  try {
    await intake.write(text);
    const message = await intake.commit();
    emit({ type: 'received', message, localAddress: null });
    return message.id;
  } catch (error) {
    await intake.abort();
    if (error instanceof IntakeRefused)
      throw new RelayProblem('NotAccepted', `The message was not taken: ${error.message}.`, [], { cause: error });
    throw error;
  }
}
