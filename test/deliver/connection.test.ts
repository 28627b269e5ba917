import assert from 'node:assert/strict';
import { test } from 'node:test';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import DataStream from 'nodemailer/lib/smtp-connection/data-stream';
import { Connection } from '../../src/deliver/connection.ts';
import { Courier, inShort } from '../support/smtp-delivery.ts';
import { scriptServer } from '../support/smtp-script-server.ts';

test('the members of nodemailer that are overridden or read are those of the pinned version', () => {
  const prototype = SMTPConnection.prototype as unknown as Record<string, { length: number } | undefined>;
  for (const [name, parameters] of Object.entries({
    _sendCommand: 2,
    _getDsnRcptToArgs: 0,
    _processResponse: 0,
    _createSendStream: 1,
    _onClose: 0,
  })) {
    assert.equal(typeof prototype[name], 'function', name);
    assert.equal((prototype[name] as (...all: unknown[]) => unknown).length, parameters, name);
    assert.ok(Object.hasOwn(Connection.prototype, name), `${name} is overridden`);
  }
  assert.equal(prototype._actionSMTPStream?.length, 2);
  for (const name of ['_transform', '_flush']) assert.equal(typeof (DataStream.prototype as never)[name], 'function');
  assert.equal(new DataStream().outByteCount, 0);
  const fresh = new SMTPConnection({ host: '127.0.0.1' }) as unknown as Record<string, unknown>;
  assert.deepEqual(
    [fresh._supportedExtensions, fresh._responseQueue, fresh._responseActions, fresh._envelope],
    [[], [], [], false],
  );
});

test('what is overridden is really called in a conversation', async t => {
  const server = await scriptServer(t, {
    on: command => (command.startsWith('RCPT TO:<b') ? '550 5.1.1 No b' : undefined),
  });
  const courier = new Courier(t);
  const result = await courier.send([server], { recipients: ['a@x.example', 'b@x.example'] });
  assert.deepEqual(inShort(result), ['delivered 250 2.0.0 Ok: queued as 1', 'failed 550 5.1.1 No b']);
  assert.ok(courier.conversation().includes('S: 550 5.1.1 No b'));
});

test('what a server says right before it hangs up is heard', async t => {
  const recipients = Array.from({ length: 40 }, (_, at) => `r${at}@x.example`);
  for (let round = 0; round < 5; round++) {
    const server = await scriptServer(t, {
      on: (command, session) => {
        if (command.startsWith('RCPT')) return '550 5.7.1 You are blocked';
        if (command === 'DATA') setImmediate(() => session.socket.end());
        return undefined;
      },
    });
    const result = await new Courier(t).send([server], { recipients });
    assert.deepEqual(
      inShort(result),
      recipients.map(() => 'failed 550 5.7.1 You are blocked'),
    );
  }
});
