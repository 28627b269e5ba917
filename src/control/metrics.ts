/** The counters in Prometheus' text format, with names close to those of the Windows SMTP exporter. Pure. */
import type { RelayFacts } from './methods/relay.ts';

export function metricsText(facts: RelayFacts): string {
  const { counters, queues } = facts;
  const counter = (name: string, help: string, value: number) => [
    `# HELP smtprelay_${name} ${help}`,
    `# TYPE smtprelay_${name} counter`,
    `smtprelay_${name} ${value}`,
  ];
  const gauge = (name: string, help: string, value: number) => [
    `# HELP smtprelay_${name} ${help}`,
    `# TYPE smtprelay_${name} gauge`,
    `smtprelay_${name} ${value}`,
  ];
  const waiting = queues.filter(queue => queue.messages > 0);
  const queueLines = waiting.map(
    queue =>
      `smtprelay_queue_messages{next_hop="${labelValue(facts.nextHopOf(queue.hop))}",status="${queue.status}"} ${queue.messages}`,
  );
  return [
    ...counter('messages_received_total', 'Messages accepted.', counters.received),
    ...counter('bytes_received_total', 'Bytes accepted.', counters.bytesReceived),
    ...counter('recipients_delivered_total', 'Recipients delivered.', counters.delivered),
    ...counter('recipients_deferred_total', 'Delivery attempts deferred.', counters.deferred),
    ...counter('recipients_failed_total', 'Recipients failed.', counters.failed),
    ...counter('badmail_total', 'Messages put into BadMail.', counters.badMail),
    ...counter('refused_total', 'Commands and sessions refused by policy.', counters.refused),
    ...counter('logon_failures_total', 'Failed log-ons.', counters.logonFailures),
    ...gauge('sessions', 'Open SMTP sessions.', facts.sessions),
    ...gauge('outbound_connections', 'Open outgoing connections.', facts.outboundConnections),
    '# HELP smtprelay_queue_messages Messages waiting, by next hop.',
    '# TYPE smtprelay_queue_messages gauge',
    ...queueLines,
    '',
  ].join('\n');
}

const labelValue = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', ' ');
