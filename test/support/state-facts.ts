/** The state of a relay that is well. */
import type { StateFacts } from '../../src/health/problems.ts';

export const WELL = {
  endpoints: [{ listener: 'Default', address: '0.0.0.0', port: 25, state: 'Listening', error: null }],
  queues: [],
  loweredOf: () => null,
  nextHopOf: (hop: string) => hop.split('/')[1]!,
  connectorOf: (hop: string) => hop.split('/')[0]!,
  certificates: [],
  bridge: null,
  unexpectedEnds: null,
  openToEveryone: false,
  enoughSpace: true,
  disk: { writing: null, reading: null },
  failingLogs: [],
  failingWebhooks: [],
  inbound: null,
  outbound: null,
} satisfies StateFacts;
