/**
 * One relay with a connector for each misbehaving next hop, so that many can be tried side by side, and
 * what became of a message there: by the control port, by what the hop took, by the sender's box.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { namedMessage } from '../../scripts/load/message.ts';
import { Sink as SmtpSink } from '../../scripts/load/sink.ts';
import { freePort, removeFolder, smartHost, TestRelay, temporaryFolder, until } from './relay-harness.ts';

/** What must become of a message. */
export interface Fate {
  /**
   * delivered: taken once. hopRetries: no session came about, the queue waits. deferred: each recipient
   * waits with the server's words. returned: the sender got a report.
   */
  readonly outcome: 'delivered' | 'hopRetries' | 'deferred' | 'returned';
  /** What is shown of it, or stands in the report. */
  readonly says?: RegExp;
  /** smtp-sink had the whole message when it refused it or broke off, and writes down what it has. */
  readonly atTheEnd?: true;
}

export interface FaultyHop extends Fate {
  /** Domain label and name of the connector. */
  readonly name: string;
  /** Switches of smtp-sink; null for a port where nobody listens. */
  readonly switches: readonly string[] | null;
  readonly body?: '8BITMIME';
  readonly size?: number;
}

export class FaultyHops {
  readonly relay: TestRelay;
  readonly #folder: string;
  readonly #ports: ReadonlyMap<string, number>;
  readonly #sinks: Map<string, SmtpSink>;

  private constructor(
    relay: TestRelay,
    folder: string,
    ports: ReadonlyMap<string, number>,
    sinks: Map<string, SmtpSink>,
  ) {
    this.relay = relay;
    this.#folder = folder;
    this.#ports = ports;
    this.#sinks = sinks;
  }

  static async start(t: TestContext, hops: readonly FaultyHop[]): Promise<FaultyHops> {
    const folder = await temporaryFolder();
    const ports = new Map<string, number>();
    const sinks = new Map<string, SmtpSink>();
    for (const { name } of hops) ports.set(name, await freePort());
    for (const { name, switches } of hops)
      if (switches) sinks.set(name, await SmtpSink.start(ports.get(name)!, join(folder, name), switches));
    const relay = await TestRelay.start({
      // Nothing is tried a second time by itself.
      general: { retryInterval: [3600], commandTimeout: 5, connectionTimeout: 5 },
      connectors: hops.map(({ name }) => smartHost(ports.get(name)!, { name, addressSpaces: [`${name}.test`] })),
    });
    const box = smartHost(relay.sink.port, { name: 'Senders', addressSpaces: ['senders.test'] });
    await relay.control.call('connector.create', box as never);
    t.after(async () => {
      await relay.stop();
      for (const sink of sinks.values()) await sink.stop();
      await removeFolder(folder);
    });
    return new FaultyHops(relay, folder, ports, sinks);
  }

  recipientsOf = ({ name }: FaultyHop) => [`a@${name}.test`, `b@${name}.test`];

  /** One message for two recipients at this hop. */
  async send(hop: FaultyHop): Promise<void> {
    const client = await this.relay.client();
    const recipients = this.recipientsOf(hop);
    const sender = `${hop.name}@senders.test`;
    const text = namedMessage(hop.name, sender, recipients[0]!, hop.size ?? 2000).toString('latin1');
    await client.say(`MAIL FROM:<${sender}>${hop.body ? ` BODY=${hop.body}` : ''}`, 250);
    for (const recipient of recipients) await client.say(`RCPT TO:<${recipient}>`, 250);
    await client.say('DATA', 354);
    await client.sendAll(`${text.replace(/^\./gm, '..')}.\r\n`);
    await client.expect(250);
    await client.quit();
  }

  /** Waits until the message has come to where it must come, and that nothing else came of it. */
  async lands(hop: FaultyHop): Promise<void> {
    const { outcome, says = /./ } = hop;
    const state = () => this.#state(hop);
    const settled = async () => {
      const { messages, reports, status } = await state();
      if (outcome === 'delivered') return messages.length === 0 && status !== 'Active' && status !== 'Connecting';
      if (outcome === 'returned') return messages.length === 0 && reports.length > 0;
      const [message] = messages;
      if (outcome === 'hopRetries') return status === 'Retry';
      return message?.status === 'Retry' && message.retryCount === 1;
    };
    await until(`${hop.name}: ${outcome}`, settled, 15_000).catch(async error => {
      assert.fail(`${error.message}; ${JSON.stringify(await state())}`);
    });
    const { messages, reports, lastError, status } = await state();
    const waiting = messages.flatMap(message => message.recipients.map(({ emailAddress }) => emailAddress));
    const waits = outcome === 'deferred' || outcome === 'hopRetries';
    assert.deepEqual(waiting, waits ? this.recipientsOf(hop) : []);
    assert.equal(reports.length, outcome === 'returned' ? 1 : 0, 'reports');
    if (outcome === 'hopRetries') assert.match(lastError ?? '', says);
    else assert.notEqual(status, 'Retry', `the hop was reached, but: ${lastError}`);
    for (const message of messages) {
      for (const recipient of message.recipients) assert.match(recipient.lastError ?? '', says);
      // An attempt that did not reach the hop is not the message's.
      assert.equal(message.retryCount, outcome === 'deferred' ? 1 : 0);
    }
    if (outcome === 'returned') {
      for (const recipient of this.recipientsOf(hop))
        assert.match(reports[0]!, new RegExp(`^Final-Recipient: rfc822; ${recipient}\\r$`, 'm'));
      const codes = [...reports[0]!.matchAll(/^Diagnostic-Code: (.*)\r$/gm)].map(match => match[1]!);
      assert.equal(codes.length, 2);
      for (const code of codes) assert.match(code, says);
    }
    const events = new Set(await this.#events(hop));
    const expected = { delivered: ['SEND'], returned: ['FAIL', 'DSN'], deferred: ['DEFER'], hopRetries: ['DEFER'] };
    assert.deepEqual([...events].sort(), ['RECEIVE', ...expected[outcome]].sort());
  }

  /** The names of all whole messages a hop took so far, once for each recipient. */
  async taken(hop: FaultyHop): Promise<string[]> {
    const messages = (await this.#sinks.get(hop.name)?.read()) ?? [];
    return messages.flatMap(({ recipients }) => recipients).sort();
  }

  /** Puts a server without faults in place of this one. */
  async mend(hop: FaultyHop): Promise<void> {
    await this.#sinks.get(hop.name)?.stop();
    const sink = await SmtpSink.start(this.#ports.get(hop.name)!, join(this.#folder, `${hop.name}-mended`));
    this.#sinks.set(hop.name, sink);
  }

  async #state({ name }: FaultyHop) {
    const { control, sink } = this.relay;
    const queues = await control.call('queue.list');
    const queue = queues.find(({ nextHopConnector }) => nextHopConnector === name);
    const messages = await control.call('message.list', { filter: `FromAddress -eq '${name}@senders.test'` });
    const reports = sink.messages
      .filter(({ recipients }) => recipients.includes(`${name}@senders.test`))
      .map(({ bytes }) => bytes.toString('latin1'));
    return { status: queue?.status ?? null, lastError: queue?.lastError ?? null, messages, reports };
  }

  async #events({ name }: FaultyHop): Promise<string[]> {
    await this.relay.relay.log.flush();
    const entries = await this.relay.control.call('tracking.read', { sender: `${name}@senders.test` });
    return entries.map(({ eventId }) => eventId);
  }
}
