/**
 * `/metrics`: what Prometheus reads, with the names of docs/monitoring.md, which stay. Everything but
 * the times of deliveries is taken over when it is read: the numbers are kept elsewhere already.
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { healthOf, problemsOf } from '../health/problems.ts';
import type { RelayEvent } from '../log/events.ts';
import { rowOfConnector, type Statistics } from '../log/statistics.ts';
import type { RelayFacts } from './methods/relay.ts';

export interface MetricsFacts extends RelayFacts {
  /** When the oldest waiting message came; milliseconds since 1970, null when none waits. */
  readonly oldest: number | null;
  /** Bytes. */
  readonly freeSpace: number;
  /** Certificates with the end of their validity, milliseconds since 1970. */
  readonly certificateEnds: ReadonlyMap<string, number>;
}

const HEALTH = { Green: 0, Yellow: 1, Red: 2 };
/** Seconds from our 250 to that of the next hop. */
const LATENCIES = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14400, 86400];

type Labels = Readonly<Record<string, string>>;

export class Metrics {
  readonly #registry = new Registry();
  readonly #statistics: Statistics;
  readonly #latency: Histogram<'connector'>;
  readonly #counters = new Map<string, Counter>();
  readonly #gauges = new Map<string, Gauge>();

  constructor(statistics: Statistics) {
    this.#statistics = statistics;
    this.#latency = new Histogram({
      name: 'smtprelay_delivery_latency_seconds',
      help: 'Time from the acceptance of a message to its delivery, by recipient.',
      labelNames: ['connector'],
      buckets: LATENCIES,
      registers: [this.#registry],
    });
  }

  /** @param now milliseconds since 1970 */
  add(event: RelayEvent, now: number): void {
    if (event.type !== 'attempted') return;
    const seconds = Math.max(0, now - event.message.receivedAt) / 1000;
    for (const { outcome } of event.results)
      if (outcome.kind === 'delivered') this.#latency.observe({ connector: rowOfConnector(event.connector) }, seconds);
  }

  /** In the text format 0.0.4. @param now milliseconds since 1970 */
  async text(facts: MetricsFacts, now: number): Promise<string> {
    for (const metric of [...this.#counters.values(), ...this.#gauges.values()]) metric.reset();
    this.#takeCounters(facts);
    this.#takeQueues(facts, now);
    this.#takeState(facts);
    return this.#registry.metrics();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  #takeCounters({ totals }: RelayFacts): void {
    const { listeners, connectors } = this.#statistics;
    this.#count('messages_received_total', 'Messages accepted, by listener.', listeners, ({ received }) => received);
    this.#count('bytes_received_total', 'Bytes accepted, by listener.', listeners, row => row.bytesReceived);
    this.#count('refused_total', 'Commands and sessions refused, by listener.', listeners, row => row.refused);
    this.#count('logon_failures_total', 'Failed log-ons, by listener.', listeners, row => row.logonFailures);
    this.#count('recipients_delivered_total', 'Recipients delivered.', connectors, row => row.delivered, 'connector');
    this.#count('recipients_deferred_total', 'Attempts deferred.', connectors, row => row.deferred, 'connector');
    this.#count('recipients_failed_total', 'Recipients failed.', connectors, row => row.failed, 'connector');
    this.#counter('badmail_total', 'Messages put into BadMail.').inc(totals.badMail);
    this.#counter('reports_total', 'Delivery reports made.').inc(totals.reports);
  }

  #takeQueues(facts: MetricsFacts, now: number): void {
    const messages = this.#gauge('queue_messages', 'Messages waiting, by next hop.', ['next_hop', 'status']);
    const recipients = this.#gauge('queue_recipients', 'Recipients waiting, by next hop.', ['next_hop', 'status']);
    for (const queue of facts.queues) {
      if (queue.messages <= 0) continue;
      const labels = { next_hop: facts.nextHopOf(queue.hop), status: queue.status };
      messages.inc(labels, queue.messages);
      recipients.inc(labels, Math.max(0, queue.recipients));
    }
    const age = facts.oldest === null ? 0 : Math.max(0, now - facts.oldest) / 1000;
    this.#gauge('queue_oldest_seconds', 'Age of the oldest waiting message; 0 when none waits.').set(age);
  }

  #takeState(facts: MetricsFacts): void {
    this.#gauge('health', '0 green, 1 yellow, 2 red.').set(HEALTH[healthOf(problemsOf(facts))]);
    this.#gauge('sessions', 'Open SMTP sessions of clients.').set(facts.sessions);
    this.#gauge('outbound_connections', 'Open connections to next hops.').set(facts.outboundConnections);
    this.#gauge('disk_free_bytes', 'Free space on the disk of the data folder.').set(facts.freeSpace);
    this.#gauge('memory_bytes', 'Resident memory of the relay.').set(process.memoryUsage.rss());
    this.#gauge('start_time_seconds', 'When the relay started, since 1970.').set(facts.startedAt / 1000);
    this.#gauge('info', 'Always 1; the version is a label.', ['version']).set({ version: facts.version }, 1);
    const listening = this.#gauge('listener_up', '1 when a listener listens.', ['listener', 'address', 'port']);
    for (const { listener, address, port, state } of facts.endpoints)
      if (state !== 'Disabled') listening.set({ listener, address, port: String(port) }, state === 'Listening' ? 1 : 0);
    const ends = this.#gauge('certificate_expiry_timestamp_seconds', 'End of a certificate.', ['certificate']);
    for (const [certificate, end] of facts.certificateEnds) ends.set({ certificate }, end / 1000);
    const success = this.#gauge(
      'connector_last_success_timestamp_seconds',
      'Last delivery of a connector since the start.',
      ['connector'],
    );
    for (const [connector, { lastSuccess }] of this.#statistics.connectors)
      if (lastSuccess !== null) success.set({ connector }, lastSuccess / 1000);
  }

  #count<Row>(
    name: string,
    help: string,
    rows: ReadonlyMap<string, Row>,
    read: (row: Row) => number,
    label = 'listener',
  ): void {
    const counter = this.#counter(name, help, [label]);
    for (const [key, row] of rows) counter.inc({ [label]: key } as Labels, read(row));
  }

  #counter(name: string, help: string, labelNames: string[] = []): Counter {
    let counter = this.#counters.get(name);
    if (!counter) {
      counter = new Counter({ name: `smtprelay_${name}`, help, labelNames, registers: [this.#registry] });
      this.#counters.set(name, counter);
    }
    return counter;
  }

  #gauge(name: string, help: string, labelNames: string[] = []): Gauge {
    let gauge = this.#gauges.get(name);
    if (!gauge) {
      gauge = new Gauge({ name: `smtprelay_${name}`, help, labelNames, registers: [this.#registry] });
      this.#gauges.set(name, gauge);
    }
    return gauge;
  }
}
