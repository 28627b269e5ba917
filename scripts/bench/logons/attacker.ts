/**
 * Guesses passwords from 50 addresses, behind a PROXY header and STARTTLS as clients of a load balancer
 * do, or from addresses of this computer, which are never banned. Says at the end what it heard.
 */
import { connect, type Socket } from 'node:net';
import { setPriority } from 'node:os';
import { connect as connectTls } from 'node:tls';

const [port, attempts, kind] = [Number(process.argv[2]), Number(process.argv[3]), process.argv[4]];
const ADDRESSES = 50;
const SESSIONS_EACH = 4;
// What a guesser computes is not computed by the relay's machine elsewhere.
setPriority(19);

const heard: Record<string, number> = {};
let left = attempts;

function codes(socket: Socket): () => Promise<string> {
  let text = '';
  let tell: (() => void) | null = null;
  let isOver = false;
  const wake = () => {
    tell?.();
    tell = null;
  };
  socket.on('data', chunk => {
    text += chunk;
    wake();
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    isOver = true;
    wake();
  });
  return async () => {
    for (;;) {
      const end = /^(\d{3}) .*\r\n/m.exec(text);
      if (end) {
        text = text.slice(end.index + end[0].length);
        return end[1]!;
      }
      if (isOver) return 'closed';
      await new Promise<void>(resolve => {
        tell = resolve;
      });
    }
  };
}

const count = (code: string) => {
  heard[code] = (heard[code] ?? 0) + 1;
  left--;
};

/** Guesses in one session until it is ended. */
async function session(index: number): Promise<void> {
  const behindBalancer = kind === 'balancer';
  let socket: Socket = connect({
    host: '127.0.0.1',
    port,
    localAddress: behindBalancer ? '127.0.0.9' : `127.0.1.${index + 1}`,
  });
  if (behindBalancer) socket.write(`PROXY TCP4 198.51.100.${index + 1} 192.0.2.1 4000 25\r\n`);
  let next = codes(socket);
  const greeting = await next();
  if (greeting !== '220') {
    count(greeting);
    socket.destroy();
    return;
  }
  socket.write('EHLO guess.example\r\n');
  await next();
  if (behindBalancer) {
    socket.write('STARTTLS\r\n');
    if ((await next()) !== '220') return void socket.destroy();
    socket.removeAllListeners();
    socket = connectTls({ socket, rejectUnauthorized: false });
    next = codes(socket);
    socket.write('EHLO guess.example\r\n');
    await next();
  }
  while (left > 0) {
    socket.write(`AUTH PLAIN ${Buffer.from(`\0good\0guess ${left}`).toString('base64')}\r\n`);
    const code = await next();
    count(code);
    if (code !== '535' && code !== '454') break;
  }
  socket.destroy();
}

await Promise.all(
  Array.from({ length: ADDRESSES * SESSIONS_EACH }, async (_, index) => {
    while (left > 0) await session(index % ADDRESSES);
  }),
);
process.stdout.write(`${JSON.stringify(heard)}\n`);
process.exit(0);
