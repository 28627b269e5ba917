/** A relay whose listener asks for .NET where there is none: it serves, and says what is missing. */
import assert from 'node:assert/strict';
import { it } from 'node:test';

process.env.SMTP_RELAY_BRIDGE = '/nowhere';
const { TestRelay } = await import('../support/relay-harness.ts');

it('offers the rest, and tells of it in health and log', async () => {
  const relay = await TestRelay.start({ listener: { authenticationMethods: ['GSSAPI', 'NTLM', 'PLAIN'] } });
  try {
    await relay.control.call('account.create', { name: 'scanner', password: 'long enough' });
    const client = await relay.connect();
    await client.expect(220);
    const { lines } = await client.say('EHLO client.example', 250);
    assert.ok(lines.includes('250-AUTH PLAIN'), lines.join('\n'));
    await client.say('AUTH NTLM', 504);
    await client.say('AUTH GSSAPI', 504);
    const { health, warnings } = await relay.control.call('relay.get');
    assert.equal(health, 'Yellow');
    assert.match(warnings.join(), /Listener Default offers no NTLM, GSSAPI and Windows accounts: .+ npm run bridge/);
    assert.match((await relay.logs()).activity, /offers no NTLM/);
    await relay.control.call('listener.set', { name: 'Default', authenticationMethods: ['PLAIN'] });
    assert.equal((await relay.control.call('relay.get')).health, 'Green');
  } finally {
    await relay.stop();
  }
});
