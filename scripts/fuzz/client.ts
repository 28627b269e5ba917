/** Carries out one fuzzed session over a real connection and says what was wrong with the answers. */
import { createConnection } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';

/** Ends whatever state a session is in: half a line, a message, an AUTH exchange. */
export const FAREWELL = Buffer.from('\r\n.\r\nQUIT\r\nQUIT\r\n');

export interface Conversation {
  /** Everything the relay said. */
  readonly answers: string;
  readonly fault: string | null;
}

const PATIENCE = 20_000;
const REPLY = /^\d{3}(?:-| |$)[^\x00-\x08\x0a-\x1f\x7f]*$/;

export async function converse(port: number, packets: readonly Buffer[], vanishes: boolean): Promise<Conversation> {
  const socket = createConnection({ port, host: '127.0.0.1', localAddress: '127.0.0.9', noDelay: true });
  const chunks: Buffer[] = [];
  socket.on('data', chunk => chunks.push(chunk));
  socket.on('error', () => {});
  const closed = new Promise<void>(resolve => socket.once('close', () => resolve()));
  await new Promise<void>(resolve => socket.once('connect', resolve).once('close', () => resolve()));
  for (const packet of packets) {
    if (socket.destroyed || socket.writableEnded) break;
    socket.write(packet);
    await turn();
    if (packets.length > 1) await turn();
  }
  if (vanishes) socket.destroy();
  const isOver = await Promise.race([closed.then(() => true), patience()]);
  socket.destroy();
  const answers = Buffer.concat(chunks).toString('utf8');
  return { answers, fault: faultOf(answers, isOver, vanishes) };
}

const patience = () => new Promise<false>(resolve => setTimeout(() => resolve(false), PATIENCE).unref());

function faultOf(answers: string, isOver: boolean, vanishes: boolean): string | null {
  if (!isOver) return 'the session did not end';
  if (vanishes) return null;
  const lines = answers.split('\r\n');
  if (lines.pop() !== '') return 'the last answer is not a whole line';
  const wrong = lines.find(line => !REPLY.test(line) || line.length > 510);
  if (wrong !== undefined) return `an answer is no reply: ${JSON.stringify(wrong)}`;
  if (!/^(?:220|421|554) /.test(lines[0] ?? '')) return 'no greeting';
  if (/^451|internal/i.test(lines.join('\n').replace(/^451 4\.4\.2.*$/gm, ''))) return 'an internal error';
  // What came instead of a handshake has no reply.
  const last = /^(?:221|421|500|554) |^220 (?:2\.0\.0 )?Ready to start TLS$/;
  return last.test(lines.at(-1)!) ? null : 'the last answer is no farewell';
}
