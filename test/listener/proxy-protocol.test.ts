/** A load balancer in front: whose address counts, for whom it counts, and who may say so. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { TestRelay } from '../support/relay-harness.ts';
import type { SmtpClient } from '../support/relay-smtp.ts';

let relay: TestRelay;
before(async () => {
  relay = await TestRelay.start({
    listener: {
      proxyProtocolFrom: ['127.0.0.20/31'],
      maxInboundConnectionPerSource: 2,
      connectionInactivityTimeout: 5,
    },
    restriction: { entries: [{ entry: '192.0.2.77' }, { entry: '2001:db8::7' }] },
  });
});
after(() => relay.stop());

const balancer = { localAddress: '127.0.0.20' };
const line = (address: string, family = 'TCP4') =>
  `PROXY ${family} ${address} ${family === 'TCP4' ? '10.0.0.1' : '::1'} 40000 25\r\n`;
const V2 = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');

async function through(header: string | Buffer): Promise<SmtpClient> {
  const client = await relay.connect(balancer);
  client.send(header);
  await client.expect(220);
  await client.say('EHLO client.example', 250);
  return client;
}

describe('a client behind a load balancer', () => {
  const HEADERS: [string, string | Buffer, string][] = [
    ['version 1', line('192.0.2.77'), '[192.0.2.77]'],
    ['version 1 over IPv6', line('2001:db8::7', 'TCP6'), '[IPv6:2001:db8::7]'],
    ['version 2', Buffer.concat([V2, Buffer.from('2111000cc000024d0a00000100500019', 'hex')]), '[192.0.2.77]'],
    [
      'version 2 with additions',
      Buffer.concat([V2, Buffer.from('21110011c000024d0a000001005000190100026832', 'hex')]),
      '[192.0.2.77]',
    ],
  ];
  for (const [title, header, shown] of HEADERS)
    it(`is who the header says (${title}): to policy, trace header and log`, async () => {
      const client = await through(header);
      const id = await client.mail('Subject: x\r\n\r\nx\r\n');
      assert.ok((await relay.sent(id)).startsWith(`Received: from client.example (${shown})\r\n`));
      const [logged] = await relay.control.call('log.read', { messageId: id });
      assert.equal(logged!.clientIP, shown.replace(/^\[(?:IPv6:)?|\]$/g, ''));
      await client.quit();
    });

  it('may not relay when its own address may not, whatever the balancer may', async () => {
    const client = await through(line('203.0.113.5'));
    await client.say('MAIL FROM:<a@b.example>', 250);
    await client.say('RCPT TO:<c@d.example>', 550);
    await client.quit();
  });

  it('is counted by its own address', async () => {
    const [one, two] = [await through(line('192.0.2.50')), await through(line('192.0.2.50'))];
    const third = await relay.connect(balancer);
    third.send(line('192.0.2.50'));
    await third.expect(421);
    const other = await through(line('192.0.2.51'));
    for (const client of [one, two, other]) await client.quit();
  });

  it('can have its header and first commands in one packet, or one byte in each', async () => {
    const client = await relay.connect(balancer);
    client.send(`${line('192.0.2.77')}EHLO early.example\r\nQUIT\r\n`);
    for (const code of [220, 250, 221]) await client.expect(code);
    const slow = await relay.connect(balancer);
    for (const byte of line('192.0.2.77')) {
      await slow.sendAll(byte);
      await wait(1);
    }
    await slow.expect(220);
    await slow.quit();
  });
});

describe('a load balancer', () => {
  it('that sends no header hears 554 and is told of', async () => {
    const client = await relay.connect(balancer);
    client.send('EHLO balancer.example\r\n');
    assert.match((await client.expect(554)).text, /PROXY protocol header/);
    await client.closed();
    assert.match((await relay.logs()).activity, /Load balancer 127\.0\.0\.20 on listener Default/);
  });

  it('that says nothing of a client is a client itself: health checks', async () => {
    for (const header of ['PROXY UNKNOWN\r\n', Buffer.concat([V2, Buffer.from('20000000', 'hex')])]) {
      const client = await through(header);
      await client.say('MAIL FROM:<a@b.example>', 250);
      await client.say('RCPT TO:<c@d.example>', 550);
      const [logged] = await relay.control.call('log.read', { code: 550, clientIP: '127.0.0.20' });
      assert.equal(logged!.command, 'RCPT');
      await client.quit();
    }
  });

  it('that opens a connection and says nothing is not waited for longer than the silence allowed', async () => {
    const [silent, half, brief] = [
      await relay.connect(balancer),
      await relay.connect(balancer),
      await relay.connect(balancer),
    ];
    half.send('PROXY TCP4 192');
    await brief.vanish();
    await Promise.all([silent.closed(), half.closed()]);
  });
});

describe('somebody else with a header', () => {
  for (const header of [
    line('192.0.2.77'),
    Buffer.concat([V2, Buffer.from('2111000cc000024d0a000001005000190d0a', 'hex')]),
  ])
    it(`is not believed: ${JSON.stringify(header.toString('latin1').slice(0, 20))}`, async () => {
      const client = await relay.connect({ localAddress: '127.0.0.22' });
      await client.expect(220);
      client.send(header);
      await client.expect(500);
      const { protocol } = await relay.logs();
      assert.match(protocol, /127\.0\.0\.22/);
      const spoofed = await relay.connect({ localAddress: '127.0.0.22' });
      await spoofed.expect(220);
      spoofed.send(line('192.0.2.77'));
      await spoofed.expect(500);
      await spoofed.say('EHLO client.example', 250);
      await spoofed.say('MAIL FROM:<a@b.example>', 250);
      await spoofed.say('RCPT TO:<c@d.example>', 550);
      await spoofed.vanish();
      await client.vanish();
    });
});
