import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatProtocolLine, PROTOCOL_FIELDS, protocolHeader } from '../../src/log/protocol-log.ts';
import { inbound, NOON, outbound } from './samples.ts';

const format = (line: Parameters<typeof formatProtocolLine>[0]) => formatProtocolLine(line, 'RELAY01');

test('writes an inbound exchange as IIS does, with our fields behind', () => {
  assert.equal(
    format(inbound()),
    '2026-03-04 12:00:00 192.0.2.10 APPSRV01 Default RELAY01 192.0.2.25 25 MAIL - +FROM:<app@example.com> 250 0 44 31 3 SMTP - - - - S1 - Default - 2.1.0+Sender+OK - -',
  );
});

test('writes an outbound command and response as IIS does', () => {
  assert.equal(
    format(
      outbound({
        part: 'command',
        verb: 'MAIL',
        argument: 'FROM:<app@example.com> SIZE=2884',
        code: null,
        reply: null,
        bytesSent: 40,
      }),
    ),
    '2026-03-04 12:00:00 198.51.100.25 OutboundConnectionCommand Internet RELAY01 - 25 MAIL - FROM:<app@example.com>+SIZE=2884 0 0 40 0 3 SMTP - - - - S2 Q1 - Internet - - -',
  );
  assert.equal(
    format(outbound({ tls: 'TLSv1.3 TLS_AES_256_GCM_SHA384' })),
    '2026-03-04 12:00:00 198.51.100.25 OutboundConnectionResponse Internet RELAY01 - 25 - - 250+2.1.0+Ok 0 0 12 0 3 SMTP - - - - S2 Q1 - Internet 2.1.0+Ok - TLSv1.3+TLS_AES_256_GCM_SHA384',
  );
});

test('has a value for each field, whatever a client sends', () => {
  const evil = 'x y\r\n#Fields: time\r\n2026-01-01 00:00:00 -\t\u0000\u0085\u2028\u00a0+';
  const line = format(
    inbound({
      heloName: evil,
      verb: evil,
      argument: evil.repeat(100),
      reply: evil,
      rule: evil,
      sessionId: evil,
      listener: evil,
    }),
  );
  assert.equal(line.split(/\s/).length, PROTOCOL_FIELDS.split(' ').length);
  assert.ok(line.split(' ').every(value => value.length <= 1000));
});

test('has the header that names version, time and fields', () => {
  assert.deepEqual(protocolHeader('1.2.3', NOON), [
    '#Software: SmtpRelay 1.2.3',
    '#Version: 1.0',
    '#Date: 2026-03-04 12:00:00',
    `#Fields: ${PROTOCOL_FIELDS}`,
  ]);
});
