/** Runs in a network namespace where packets to 127.9.9.9 port 25 are dropped, and prints what a relay tells of it. */
import { smartHost, TestRelay, until } from './relay-harness.ts';

const relay = await TestRelay.start({
  general: { connectionTimeout: 2 },
  connectors: [smartHost(25, { smartHosts: [{ host: '127.9.9.9', port: 25 }] })],
});
try {
  const client = await relay.client();
  await client.mail('Subject: x\r\n\r\nx\r\n');
  const queue = await until(
    'it was tried',
    async () => (await relay.control.call('queue.list')).find(({ lastError }) => lastError !== null),
    30_000,
  );
  let page = await relay.control.call('connector.test', { name: 'Next' });
  const steps = [...page.steps];
  for (const { test } = page; !page.done; steps.push(...page.steps))
    page = await relay.control.call('connector.test', { test, after: steps.length });
  const failed = steps.find(({ status }) => status === 'Failed');
  process.stdout.write(
    JSON.stringify({
      lastError: queue.lastError,
      meaning: queue.lastErrorMeaning,
      action: queue.lastErrorAction,
      step: `${failed?.detail} ${failed?.action}`,
    }),
  );
} finally {
  await relay.stop();
}
