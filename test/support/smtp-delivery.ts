/** What the tests of delivery have in common: a Deliverer that writes down its lines, and messages. */
import type { TestContext } from 'node:test';
import type { SessionLine } from '../../src/deliver/connection.ts';
import { Deliverer } from '../../src/deliver/deliver.ts';
import type { HopManners } from '../../src/deliver/manners.ts';
import type { AcceptedMessage, EnvelopeRecipient } from '../../src/message/envelope.ts';
import type { TransactionResult } from '../../src/message/outcome.ts';
import { formatReply, type Reply } from '../../src/message/reply.ts';
import { type Clock, systemClock } from '../../src/platform/clock.ts';
import type { Target, Targets } from '../../src/route/next-hop.ts';
import type { ScriptServer } from './smtp-script-server.ts';
import { envelopeOf, ORIGIN, TEXT } from './spool-folder.ts';

export interface Line {
  readonly session: string;
  readonly messageId: string | null;
  readonly part: 'command' | 'response';
  readonly text: string;
  readonly tls: SessionLine['tls'];
}

const MANNERS: HopManners = {
  connector: 'Internet',
  ehloName: 'relay.example.com',
  tls: 'Opportunistic',
  tlsParameters: { minimumVersion: '1.2', domain: null, certificate: null },
  logOn: null,
  logsOnOnlyToFallbacks: false,
  maxMessagesPerConnection: 20,
  sourceAddress: null,
  forceHelo: false,
  idleTimeout: 5000,
  connectTimeout: 2000,
  commandTimeout: 5000,
};

export const targetOf = (server: { readonly port: number }, host = 'localhost'): Target => ({
  host,
  address: '127.0.0.1',
  port: server.port,
});

export interface Wish {
  readonly text?: Buffer;
  readonly recipients?: readonly (string | EnvelopeRecipient)[];
  readonly envelope?: Partial<AcceptedMessage['envelope']>;
  readonly manners?: Partial<HopManners>;
  readonly body?: () => Promise<Buffer | NodeJS.ReadableStream>;
  readonly hop?: string;
  readonly isShared?: boolean;
  /** Why no server can have it. */
  readonly refused?: Reply;
}

export class Courier {
  readonly lines: Line[] = [];
  readonly testFailures: string[] = [];
  readonly deliverer: Deliverer;
  #messages = 0;

  constructor(t: TestContext, clock: Clock = systemClock) {
    let sessions = 0;
    this.deliverer = new Deliverer({
      clock,
      sessionId: () => `S${++sessions}`,
      onStsTestFailure: (domain, host, why) => this.testFailures.push(`${domain} ${host}: ${why}`),
      onLine: (line, about) =>
        this.lines.push({
          session: about.sessionId,
          messageId: about.messageId,
          part: line.part,
          text: line.text,
          tls: line.tls,
        }),
    });
    t.after(() => this.deliverer.closeIdle());
  }

  /** Delivers to servers in order, or to what `to` says. */
  send(to: readonly ScriptServer[] | readonly Target[] | Targets, wish: Wish = {}): Promise<TransactionResult> {
    const text = wish.text ?? TEXT;
    const envelope = envelopeOf(wish.recipients, wish.envelope);
    const number = ++this.#messages;
    const targets: Targets =
      'kind' in to ? to : { kind: 'found', targets: to.map(one => ('address' in one ? one : targetOf(one))) };
    return this.deliverer.deliver({
      hop: wish.hop ?? 'hop',
      generation: this.deliverer.generation,
      manners: { ...MANNERS, ...wish.manners },
      targets: async () => targets,
      isShared: wish.isShared ?? false,
      message: {
        number,
        id: `M${number}`,
        envelope,
        origin: ORIGIN,
        receivedAt: 0,
        size: text.length,
        subject: null,
        internetMessageId: null,
      },
      recipients: envelope.recipients,
      body: async () =>
        wish.refused
          ? { refused: wish.refused }
          : { envelope, size: text.length, body: wish.body ? await wish.body() : text },
    });
  }

  /** All lines, one session after the other: `C: ` and `S: `. */
  conversation(session?: string): string[] {
    return this.lines
      .filter(line => session === undefined || line.session === session)
      .map(line => `${line.part === 'command' ? 'C' : 'S'}: ${line.text}`);
  }
}

/** An outcome per recipient, in short: `delivered 250 2.0.0 Ok`. */
export const inShort = (result: TransactionResult): string[] | string =>
  result.kind === 'unreachable'
    ? `unreachable ${formatReply(result.reply)}`
    : result.outcomes.map(outcome => `${outcome.kind} ${formatReply(outcome.reply)}`);

export const kinds = (result: TransactionResult): string =>
  result.kind === 'unreachable' ? 'unreachable' : result.outcomes.map(outcome => outcome.kind).join(' ');
