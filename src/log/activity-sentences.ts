/**
 * What the activity log says about an event: a level, a sentence an administrator can read, and the
 * facts as fields. Events that belong to the other logs alone give null. Pure.
 */
import type { RelayEvent } from './events.ts';

export type ActivityLevel = 'info' | 'warn' | 'error';

export interface Activity {
  readonly level: ActivityLevel;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

type EventOf<Type extends RelayEvent['type']> = Extract<RelayEvent, { type: Type }>;

const isoOrNull = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString());

// Info although it is a refusal: an open port sees thousands a day and they are no trouble of ours.
function refused({ type, ...facts }: EventOf<'refused'>): Activity {
  const message = `Refused ${facts.clientIp} at ${facts.stage} on ${facts.listener} by ${facts.rule}: ${facts.reply}`;
  return { level: 'info', message, fields: facts };
}

function logon({ type, ...facts }: EventOf<'logon'>): Activity {
  const { account, clientIp, listener, success } = facts;
  return success
    ? { level: 'info', message: `${account} logged on from ${clientIp} on ${listener}`, fields: facts }
    : { level: 'warn', message: `Logon of ${account} from ${clientIp} on ${listener} failed`, fields: facts };
}

function queue({ type, ...facts }: EventOf<'queue'>): Activity {
  const nextRetry = isoOrNull(facts.nextRetry);
  const why = facts.reason === null ? '' : `: ${facts.reason}`;
  const until = nextRetry === null ? '' : ` (next try ${nextRetry})`;
  return {
    level: facts.status === 'Retry' ? 'warn' : 'info',
    message: `Queue ${facts.nextHop} is now ${facts.status}${why}${until}`,
    fields: { ...facts, nextRetry },
  };
}

function quarantined({ type, ...facts }: EventOf<'quarantined'>): Activity {
  const where = facts.movedTo === null ? '' : `, moved to ${facts.movedTo}`;
  return { level: 'error', message: `${facts.what} was set aside${where}: ${facts.reason}`, fields: facts };
}

function badmail({ message: { id, envelope }, recipients, reason, file }: EventOf<'badmail'>): Activity {
  const message = `Message ${id} for ${recipients.join(', ')} went to BadMail: ${reason}`;
  return {
    level: 'warn',
    message,
    fields: { messageId: id, sender: envelope.reversePath || '<>', recipients, reason, file },
  };
}

export function describe(event: RelayEvent): Activity | null {
  switch (event.type) {
    case 'refused':
      return refused(event);
    case 'logon':
      return logon(event);
    case 'queue':
      return queue(event);
    case 'settings': {
      const { settingsVersion, what } = event;
      return {
        level: 'info',
        message: `Settings version ${settingsVersion}: ${what}`,
        fields: { settingsVersion, what },
      };
    }
    case 'quarantined':
      return quarantined(event);
    case 'badmail':
      return badmail(event);
    case 'redirected': {
      const { message, recipients, connector, from } = event;
      return {
        level: 'info',
        message: `Message ${message.id} was moved from ${from} to the connector ${connector} by an administrator`,
        fields: { messageId: message.id, recipients, connector, from },
      };
    }
    case 'service':
      return { level: event.level, message: event.what, fields: event.detail ? { detail: event.detail } : {} };
    default:
      return null;
  }
}
