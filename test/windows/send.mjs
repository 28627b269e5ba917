// node.exe send.mjs MODULE PORT NAME COUNT sends messages over STARTTLS; prints how many got a 250.
// With a fifth argument, a file, one message halts within DATA until that file is there.
import { existsSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';

const [, , module, port, name, count, gate] = process.argv;
const nodemailer = createRequire(`${module}/package.json`)('nodemailer');
const transport = nodemailer.createTransport({
  host: '127.0.0.1',
  port: Number(port),
  requireTLS: true,
  tls: { rejectUnauthorized: false },
  pool: true,
  maxConnections: 3,
});

async function* body() {
  yield 'first half\r\n';
  writeFileSync(`${gate}.begun`, '');
  for (let i = 0; i < 600 && !existsSync(gate); i++) await wait(100);
  yield 'second half\r\n';
}

const one = i =>
  transport.sendMail({
    from: 'sender@a.example',
    to: 'someone@b.example',
    subject: `${name}-${i}`,
    text: gate ? Readable.from(body()) : 'Hello\r\n',
  });
const results = await Promise.allSettled(Array.from({ length: Number(count) }, (_, i) => one(i)));
const taken = results.filter(({ status }) => status === 'fulfilled').length;
for (const { reason } of results.filter(({ status }) => status === 'rejected'))
  console.log(`refused: ${reason.message}`);
console.log(`taken: ${taken}`);
transport.close();
