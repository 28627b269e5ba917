/**
 * The next hop of the fuzzed relay. It holds the relay to what may leave it, whatever came in: lines
 * that end with CRLF, dots doubled, recipients of the one domain that is open, each message once.
 */
import { createServer, type Server, type Socket } from 'node:net';

const END = Buffer.from('\r\n.\r\n');
const OFFERS = ['PIPELINING', 'SIZE 100000000', '8BITMIME', 'SMTPUTF8', 'DSN', 'ENHANCEDSTATUSCODES'];
/** What a stranger may reach. The local part must be no route. */
const RECIPIENT = /^RCPT TO:<[^<>%!@\s]+@open\.example>(?: |$)|^RCPT TO:<"[^<>%!@]*"@open\.example>(?: |$)/;

export class NextHop {
  readonly port: number;
  /** Queue ids of what arrived, each as often as it did. */
  readonly arrived = new Map<string, number>();
  /** What must never have left the relay. */
  readonly violations: string[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(port: number) {
    this.port = port;
    this.#server = createServer(socket => this.#serve(socket));
  }

  static async start(port: number): Promise<NextHop> {
    const hop = new NextHop(port);
    await new Promise<void>(resolve => hop.#server.listen(port, '127.0.0.1', resolve));
    return hop;
  }

  stop(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => {});
    let input: Buffer = Buffer.alloc(0);
    let inData = false;
    socket.on('data', chunk => {
      input = Buffer.concat([input, chunk]);
      for (;;) {
        const end = inData ? Buffer.concat([Buffer.from('\r\n'), input]).indexOf(END) : input.indexOf('\r\n');
        if (end === -1) return;
        const text = input.toString('latin1', 0, end);
        input = input.subarray(inData ? end + 3 : end + 2);
        if (inData) this.#take(text);
        const answer = inData ? '250 2.0.0 taken' : this.#answer(text);
        inData = answer.startsWith('354');
        socket.write(`${answer}\r\n`);
      }
    });
    socket.write('220 next-hop.test ESMTP\r\n');
  }

  #answer(line: string): string {
    if (/[\x00-\x1f\x7f]/.test(line)) this.#violation('a control character in a command', line);
    if (line.startsWith('EHLO'))
      return [
        '250-next-hop.test',
        ...OFFERS.map((offer, i) => `250${i === OFFERS.length - 1 ? ' ' : '-'}${offer}`),
      ].join('\r\n');
    if (line.startsWith('RCPT') && !RECIPIENT.test(line)) this.#violation('mail for somebody else', line);
    if (!/^(?:MAIL FROM:<|RCPT TO:<|DATA$|RSET$|QUIT$|NOOP)/.test(line)) this.#violation('an unknown command', line);
    return line === 'DATA' ? '354 go on' : '250 2.0.0 ok';
  }

  /** A message without its last line end, dots still doubled. */
  #take(wire: string): void {
    const lines = wire.split('\r\n');
    if (lines.some(line => /[\r\n]/.test(line))) this.#violation('a CR or LF that stands alone', wire);
    if (lines.some(line => /^\.(?!\.)/.test(line))) this.#violation('a dot that is not doubled', wire);
    const id = /^Received: from [^\r\n]*\r\n\tby [^\r\n]* id ([0-9A-Z]{11})\b/.exec(wire)?.[1];
    if (!id) this.#violation('no trace header', wire);
    const times = (this.arrived.get(id ?? '') ?? 0) + 1;
    this.arrived.set(id ?? '', times);
    if (times > 1) this.#violation('a message that came twice', wire);
  }

  #violation(what: string, text: string): void {
    if (this.violations.length < 100) this.violations.push(`${what}: ${JSON.stringify(text.slice(0, 500))}`);
  }
}
