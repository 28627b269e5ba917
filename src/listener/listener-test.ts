/**
 * A listener as a mail client meets it: connects from this computer, greets, says EHLO, begins TLS and
 * looks at what it is shown. Each step says what was seen and what to do about it. Sends no message.
 */
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls, rootCertificates, type TLSSocket } from 'node:tls';

export interface TestedListener {
  readonly name: string;
  readonly enabled: boolean;
  readonly tlsMode: 'Off' | 'Optional' | 'Required' | 'Implicit';
  readonly fqdn: string;
  readonly clientCertificate: 'None' | 'Request' | 'Require';
  readonly requireAuthentication: boolean;
}

export interface Step {
  readonly listener: string;
  readonly binding: string;
  readonly step: 'Connect' | 'Greeting' | 'Ehlo' | 'StartTls' | 'Certificate' | 'Authentication';
  readonly status: 'Passed' | 'Warning' | 'Failed' | 'Skipped';
  readonly detail: string;
  readonly action: string | null;
  /** Milliseconds. */
  readonly elapsed: number;
}

type Verdict = Pick<Step, 'status' | 'detail'> & { readonly action?: string };

const PATIENCE = 10_000;
const DAY = 86_400_000;

/** A step after which going on makes no sense. */
class Stop extends Error {}

/** @param authorities PEM of those that our clients were told to trust, beside the public ones */
export async function testBinding(
  listener: TestedListener,
  { address, port }: { readonly address: string; readonly port: number },
  authorities: readonly string[],
): Promise<Step[]> {
  const test = new ListenerTest(listener, address, port, authorities);
  try {
    await test.run();
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
  } finally {
    test.end();
  }
  return test.steps;
}

class ListenerTest {
  readonly steps: Step[] = [];
  readonly #listener: TestedListener;
  readonly #address: string;
  readonly #port: number;
  readonly #authorities: readonly string[];
  #socket: Socket | null = null;
  #heard = '';
  #begin = performance.now();

  constructor(listener: TestedListener, address: string, port: number, authorities: readonly string[]) {
    this.#listener = listener;
    this.#address = address;
    this.#port = port;
    this.#authorities = authorities;
  }

  async run(): Promise<void> {
    const { tlsMode } = this.#listener;
    await this.#step('Connect', () => this.#connect());
    if (tlsMode === 'Implicit') await this.#startTls();
    await this.#step('Greeting', () => this.#greeting());
    let offered = await this.#ehlo();
    if (tlsMode === 'Optional' || tlsMode === 'Required') {
      await this.#step('StartTls', () => this.#askForTls(offered));
      await this.#startTls();
      offered = await this.#ehlo();
    }
    await this.#step('Authentication', async () => this.#authentication(offered));
  }

  end(): void {
    this.#socket?.end('QUIT\r\n');
    this.#socket?.destroySoon();
  }

  async #step(step: Step['step'], run: () => Promise<Verdict | null>): Promise<void> {
    this.#begin = performance.now();
    let verdict: Verdict | null;
    try {
      verdict = await run();
    } catch (error) {
      verdict = { status: 'Failed', detail: (error as Error).message, action: ACTIONS[step] };
    }
    if (!verdict) return;
    const host = this.#address.includes(':') ? `[${this.#address}]` : this.#address;
    this.steps.push({
      listener: this.#listener.name,
      binding: `${host}:${this.#port}`,
      step,
      status: verdict.status,
      detail: verdict.detail,
      action: verdict.action ?? null,
      elapsed: Math.round(performance.now() - this.#begin),
    });
    // 554 ends the session, whatever is made of it.
    if (verdict.status === 'Failed' || verdict.detail.startsWith('554 ')) throw new Stop();
  }

  async #connect(): Promise<Verdict> {
    if (!this.#listener.enabled)
      return { status: 'Failed', detail: 'The listener is disabled.', action: 'Enable-SmtpListener' };
    const host = this.#address === '0.0.0.0' ? '127.0.0.1' : this.#address === '::' ? '::1' : this.#address;
    const socket = connectTcp({ host, port: this.#port });
    this.#socket = socket;
    await ready(socket, 'connect');
    this.#listen(socket);
    return { status: 'Passed', detail: `Connected to ${host} port ${this.#port} from ${socket.localAddress}.` };
  }

  #listen(socket: Socket): void {
    this.#heard = '';
    socket.setTimeout(PATIENCE, () => socket.destroy(new Error('No answer came within ten seconds.')));
    socket.on('error', () => {});
    socket.on('data', chunk => {
      this.#heard += chunk.toString('latin1');
    });
  }

  async #greeting(): Promise<Verdict> {
    const [code, lines] = await this.#reply();
    const line = lines.at(-1)!;
    if (code === 554 && this.#listener.clientCertificate === 'Require') return needsCertificate(line);
    if (code === 554)
      return {
        status: 'Failed',
        detail: line,
        action:
          'This computer is not among -RemoteIPRange, or is among -DeniedIPRange; a client that is would be let in.',
      };
    if (code === 421)
      return {
        status: 'Failed',
        detail: line,
        action: 'See Get-SmtpListener for the limits of sessions, and Resume-SmtpRelay.',
      };
    return code === 220
      ? { status: 'Passed', detail: line }
      : { status: 'Failed', detail: line, action: ACTIONS.Greeting };
  }

  async #ehlo(): Promise<string[]> {
    let offered: string[] = [];
    await this.#step('Ehlo', async () => {
      const [code, lines] = await this.#say('EHLO localhost');
      offered = lines.slice(1).map(line => line.slice(4));
      if (code === 554 && this.#listener.clientCertificate === 'Require') return needsCertificate(lines.at(-1)!);
      return code === 250
        ? { status: 'Passed', detail: `Offers ${offered.join(', ')}.` }
        : { status: 'Failed', detail: lines.at(-1)!, action: ACTIONS.Ehlo };
    });
    return offered;
  }

  async #askForTls(offered: readonly string[]): Promise<Verdict | null> {
    if (!offered.includes('STARTTLS'))
      return {
        status: 'Failed',
        detail: 'STARTTLS is not offered.',
        action: 'See Error of Get-SmtpListener and Get-SmtpCertificate.',
      };
    const [code, lines] = await this.#say('STARTTLS');
    return code === 220 ? null : { status: 'Failed', detail: lines.at(-1)!, action: ACTIONS.StartTls };
  }

  async #startTls(): Promise<void> {
    let tls: TLSSocket | null = null;
    await this.#step('StartTls', async () => {
      tls = await this.#handshake();
      return { status: 'Passed', detail: `${tls.getProtocol()}, ${tls.getCipher().standardName}.` };
    });
    if (tls) await this.#step('Certificate', async () => this.#certificate(tls!));
  }

  async #handshake(): Promise<TLSSocket> {
    const plain = this.#socket!;
    plain.removeAllListeners();
    plain.setTimeout(0);
    const options: ConnectionOptions = {
      socket: plain,
      servername: this.#listener.fqdn,
      rejectUnauthorized: false,
      ca: [...rootCertificates, ...this.#authorities],
      // What the listener speaks is seen, not what this client would like.
      minVersion: 'TLSv1',
      ciphers: 'DEFAULT:@SECLEVEL=0',
    };
    const socket = connectTls(options);
    this.#socket = socket;
    await ready(socket, 'secureConnect');
    this.#listen(socket);
    return socket;
  }

  #certificate(socket: TLSSocket): Verdict {
    const certificate = socket.getPeerX509Certificate();
    if (!certificate) return { status: 'Failed', detail: 'No certificate was shown.', action: ACTIONS.Certificate };
    const end = certificate.validToDate;
    const days = Math.floor((end.getTime() - Date.now()) / DAY);
    const detail = `${certificate.subject.split('\n').join(', ')}, valid to ${end.toISOString().slice(0, 10)} (${days} days)`;
    if (days < 0)
      return {
        status: 'Failed',
        detail: `${detail}: it has expired.`,
        action: 'Renew it with Import-SmtpCertificate.',
      };
    const { fqdn } = this.#listener;
    if (certificate.checkHost(fqdn) === undefined)
      return {
        status: 'Warning',
        detail: `${detail}: it is not for ${fqdn}, the name of this listener.`,
        action: 'Clients that check names refuse it; use a certificate for that name, or set -Fqdn.',
      };
    if (socket.authorizationError !== null && socket.authorizationError !== undefined)
      return {
        status: 'Warning',
        detail: `${detail}: clients that check certificates refuse it (${socket.authorizationError}).`,
        action: ACTION_OF_CHAIN[String(socket.authorizationError)] ?? ACTIONS.Certificate,
      };
    if (days < 30)
      return { status: 'Warning', detail: `${detail}.`, action: 'Renew it soon with Import-SmtpCertificate.' };
    return { status: 'Passed', detail: `${detail}.` };
  }

  #authentication(offered: readonly string[]): Verdict {
    const methods = offered.find(line => /^AUTH /.test(line));
    return methods
      ? { status: 'Passed', detail: `Offers ${methods}.` }
      : {
          status: this.#listener.requireAuthentication ? 'Warning' : 'Skipped',
          detail: 'AUTH is not offered.',
          action:
            'It needs an account (New-SmtpAccount), a method (-AuthenticationMethod), and TLS or a client on this computer.',
        };
  }

  #say(line: string): Promise<[number, string[]]> {
    this.#heard = '';
    this.#socket!.write(`${line}\r\n`);
    return this.#reply();
  }

  /** The next whole reply. @throws Error when the connection ends instead. */
  async #reply(): Promise<[number, string[]]> {
    const socket = this.#socket!;
    const limit = AbortSignal.timeout(PATIENCE);
    for (;;) {
      const lines = this.#heard.split('\r\n').slice(0, -1);
      const last = lines.findIndex(line => /^\d{3}( |$)/.test(line));
      if (last >= 0) return [Number(lines[last]!.slice(0, 3)), lines.slice(0, last + 1)];
      if (socket.destroyed || socket.readableEnded) throw new Error('The connection was closed without an answer.');
      await Promise.race([once(socket, 'data', { signal: limit }), once(socket, 'close'), once(socket, 'end')]);
    }
  }
}

const needsCertificate = (detail: string): Verdict => ({
  status: 'Skipped',
  detail,
  action: 'Clients must show a certificate here, and this test has none.',
});

/** @throws Error with what went wrong. */
async function ready(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  const late = setTimeout(() => socket.destroy(new Error('No connection within ten seconds.')), PATIENCE);
  try {
    await Promise.race([
      once(socket, event),
      once(socket, 'close').then(() => {
        throw new Error('The connection was closed.');
      }),
    ]);
  } finally {
    clearTimeout(late);
    socket.on('error', () => {});
  }
}

const ACTIONS: Record<Step['step'], string> = {
  Connect: 'See Status and Error of Get-SmtpListener; another program may hold the port, or a firewall stands between.',
  Greeting: 'Another program may listen on this port; see Get-SmtpListener.',
  Ehlo: 'Look into Get-SmtpLog for what the listener answered.',
  StartTls: 'See Error of Get-SmtpListener and Get-SmtpCertificate.',
  Certificate:
    'Get one from an authority that the clients trust, and import it with its chain (Import-SmtpCertificate).',
  Authentication: 'See Get-SmtpAccount and -AuthenticationMethod of the listener.',
};

const ACTION_OF_CHAIN: Record<string, string> = {
  DEPTH_ZERO_SELF_SIGNED_CERT:
    'It is self-signed: import one from an authority, or make clients trust it (Pem of Get-SmtpCertificate).',
  SELF_SIGNED_CERT_IN_CHAIN: 'Clients must trust the root of this chain; it is not a public one.',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'The chain is incomplete: import the certificate together with those of its issuers.',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'The chain is incomplete: import the certificate together with those of its issuers.',
  UNABLE_TO_GET_ISSUER_CERT: 'The chain is incomplete: import the certificate together with those of its issuers.',
};
