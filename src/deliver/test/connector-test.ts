/**
 * A connector as its next hops meet it, step by step: names, addresses, connection, greeting, EHLO, TLS
 * with its certificate, log-on, sender and recipient, and a message when one is wanted. Each step says
 * what was seen, in the server's words where it spoke, and what to do about it. It goes on after what
 * is only doubtful and stops where nothing more can be learned.
 */
import { isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { explain } from '../../contract/reply-catalogue.ts';
import type { Target, Targets } from '../../route/next-hop.ts';
import { type DaneDemand, type DaneVerdict, daneDemand, judgeByDane } from '../dane.ts';
import { type LogOn, mayBeClear, methodFor, shapesOf } from '../log-on.ts';
import { type HopManners, logOnFor, tlsModeFor } from '../manners.ts';
import type { TlsMode } from '../tls.ts';
import { judgeCertificate } from './certificate-verdict.ts';
import { type Heard, NoAnswer, Probe } from './probe.ts';
import { sayLogOn } from './say-log-on.ts';
import type { StepName, TestStep, Verdict } from './step.ts';

export interface TestedConnector {
  /** As delivery has them. */
  readonly manners: HopManners;
  /** One for each smart host, or one for the domain: where its servers are. */
  readonly places: readonly { readonly name: string; readonly find: () => Promise<Targets> }[];
  readonly sender: string;
  /** Null: nobody is asked for. */
  readonly recipient: string | null;
  /** Text of the message to send, with canonical line ends; null sends none. */
  readonly message: string | null;
  /** Milliseconds that a server is waited for at most, where delivery would wait longer. */
  readonly patience: number;
}

export type Tell = (step: TestStep) => void;

/** After it nothing more can be learned from this server. */
class Stop extends Error {}

export class ConnectorTest {
  readonly #about: TestedConnector;
  readonly #tell: Tell;
  readonly #signal: AbortSignal;
  /** A log-on is tried at one server only: failed ones are counted there. */
  #logOnTried = false;
  #sent = false;

  constructor(about: TestedConnector, tell: Tell, signal: AbortSignal) {
    this.#about = about;
    this.#tell = tell;
    this.#signal = signal;
  }

  /** Never rejects. */
  async run(): Promise<void> {
    for (const { name, find } of this.#about.places) {
      let targets: readonly Target[] = [];
      await this.#step(null, 'Dns', async () => {
        const found = await find();
        if (found.kind !== 'found') {
          const reply = `${found.reply.code} ${found.reply.enhanced ?? ''} ${found.reply.text}`;
          return { status: 'Failed', detail: found.reply.text, action: explain(reply)?.action ?? null };
        }
        targets = found.targets;
        const list = targets.map(({ host, address }) => (host === address ? address : `${host} [${address}]`));
        const { sts } = targets[0]!;
        const policy = sts === undefined ? '' : ` The domain has an MTA-STS policy (mode ${sts.mode}).`;
        return { status: 'Passed', detail: `${name}: ${list.join(', ')}.${policy}${this.#proof(targets)}` };
      }).catch(ignoreStop);
      for (const target of targets) {
        if (this.#signal.aborted) return;
        await this.#server(target).catch(ignoreStop);
      }
    }
  }

  /** What DNS says of certificates, where the connector asks for it. */
  #proof(targets: readonly Target[]): string {
    if (this.#about.manners.tls !== 'Dane') return '';
    const owners = [...new Set(targets.flatMap(({ dane }) => dane?.owner ?? []))];
    if (owners.length > 0) return ` DNSSEC proves TLSA records: ${owners.join(', ')}.`;
    return ' DNSSEC proves no TLSA records, so that TLS is as with Opportunistic.';
  }

  async #server(target: Target): Promise<void> {
    const tls = tlsModeFor(target, this.#about.manners);
    const ended = await this.#session(target, tls, []);
    // As delivery does it: where TLS is only welcome and breaks, once more without; and where the records mean an
    // authority that is known only now, once more with it.
    if (ended === 'broken') await this.#session(target, 'None', []);
    if (ended === 'broken' || ended === 'done') return;
    const last = await this.#session(target, tls, ended.authorities);
    if (typeof last === 'object')
      await this.#step(target, 'Certificate', async () => daneVerdict(last, target.dane!.owner));
  }

  async #session(target: Target, tls: TlsMode, authorities: readonly string[]): Promise<'done' | 'broken' | Again> {
    let probe: Probe | null = null;
    try {
      await this.#step(target, 'Connect', async () => {
        const { manners, patience } = this.#about;
        const connect = Math.min(manners.connectTimeout, patience);
        const reply = Math.min(manners.commandTimeout, patience);
        probe = await Probe.connect(target, { connect, reply }, this.#signal, manners.sourceAddress);
        return { status: 'Passed', detail: `Connected from ${probe.localAddress}.` };
      });
      const dane = tls === 'Dane' && target.dane ? daneDemand(target.dane, authorities) : null;
      return await this.#talk(target, probe!, tls, dane);
    } finally {
      (probe as Probe | null)?.end();
    }
  }

  async #talk(target: Target, probe: Probe, tls: TlsMode, dane: DaneDemand | null): Promise<'done' | 'broken' | Again> {
    await this.#step(target, 'Greeting', async () => greetingVerdict(await probe.reply()));
    let offered = await this.#ehlo(target, probe, tls);
    let secure = false;
    if (tls !== 'None' && !this.#about.manners.forceHelo) {
      const encrypted = await this.#encrypt(target, probe, offered, tls, dane);
      if (encrypted === 'broken' || typeof encrypted === 'object') return encrypted;
      secure = encrypted === 'secure';
      if (secure) offered = await this.#ehlo(target, probe, tls);
    }
    const logOn = logOnFor(target, this.#about.manners);
    if (logOn && this.#logOnTried) return 'done';
    if (logOn)
      await this.#step(target, 'Authentication', () => this.#authenticate(target, probe, logOn, offered, secure));
    if (this.#about.recipient !== null && !this.#sent) await this.#transaction(target, probe, this.#about.recipient);
    return 'done';
  }

  async #ehlo(target: Target, probe: Probe, tls: TlsMode): Promise<readonly string[]> {
    let offered: readonly string[] = [];
    const { ehloName, forceHelo } = this.#about.manners;
    await this.#step(target, 'Ehlo', async () => {
      const heard = await probe.say(`${forceHelo ? 'HELO' : 'EHLO'} ${ehloName}`);
      if (heard.code === 250) {
        offered = heard.lines.slice(1).map(line => line.slice(4).toUpperCase());
        return { status: 'Passed', detail: `Offers ${offered.join(', ') || 'nothing'}.`, reply: heard.lines[0]! };
      }
      const verdict = refused(heard, `${target.host} does not take ${forceHelo ? 'HELO' : 'EHLO'} ${ehloName}.`);
      if (forceHelo || isNeeded(tls) || (await probe.say(`HELO ${ehloName}`)).code !== 250) return verdict;
      const action = 'Set -ForceHelo $true, so that it is not asked for what it does not know.';
      return { ...verdict, status: 'Warning', detail: `${target.host} takes HELO and no EHLO.`, action };
    });
    return offered;
  }

  async #encrypt(
    target: Target,
    probe: Probe,
    offered: readonly string[],
    mode: TlsMode,
    dane: DaneDemand | null,
  ): Promise<'secure' | 'clear' | 'broken' | Again> {
    const status = isNeeded(mode) ? 'Failed' : 'Warning';
    const consequence = isNeeded(mode) ? 'so no mail goes to it' : 'so mail goes to it in clear text';
    const { domain, minimumVersion, certificate } = this.#about.manners.tlsParameters;
    let tls: TLSSocket | null = null;
    let begun = false;
    await this.#step(target, 'StartTls', async () => {
      if (!offered.includes('STARTTLS'))
        return {
          status,
          detail: `The server does not offer STARTTLS, ${consequence}.`,
          action: 'Something between may take it away (inspection of a firewall); or use another port, such as 587.',
        };
      const heard = await probe.say('STARTTLS');
      if (heard.code !== 220)
        return { ...refused(heard, `The server offers STARTTLS and refuses it, ${consequence}.`), status };
      begun = true;
      let shaken: TLSSocket;
      try {
        shaken = await probe.startTls(isIP(target.host) === 0 ? target.host : undefined, certificate, dane);
      } catch (error) {
        const detail = `The handshake failed: ${(error as Error).message}, ${consequence}.`;
        return { status, detail, action: HANDSHAKE };
      }
      const version = shaken.getProtocol() ?? 'TLS';
      if ((TLS_VERSIONS[version] ?? '9') < minimumVersion)
        return {
          status,
          detail: `The server speaks ${version} at most, ${consequence}.`,
          action: `Have the server learn TLS ${minimumVersion} or newer, or set -MinimumTlsVersion ${TLS_VERSIONS[version]} for this connector.`,
        };
      tls = shaken;
      return { status: 'Passed', detail: `${version}, ${tls.getCipher().standardName}.` };
    });
    if (tls === null) return begun ? 'broken' : 'clear';
    const byDane = dane && judgeByDane(tls, dane);
    if (byDane?.kind === 'again') return byDane;
    await this.#step(target, 'Certificate', async () =>
      byDane ? daneVerdict(byDane, dane!.owner) : judgeCertificate(tls!, domain ?? target.host, mode === 'Verify'),
    );
    return 'secure';
  }

  async #authenticate(
    target: Target,
    probe: Probe,
    logOn: LogOn,
    offered: readonly string[],
    secure: boolean,
  ): Promise<Verdict> {
    if (!secure && !mayBeClear(logOn, target.address))
      return { status: 'Failed', detail: 'A log-on is not sent in clear text.', action: 'See the step StartTls.' };
    const mechanisms =
      offered
        .find(line => line.startsWith('AUTH '))
        ?.slice(5)
        .split(' ') ?? [];
    const method = methodFor(logOn, mechanisms, secure);
    if (method === null) {
      const what = mechanisms.length === 0 ? 'no log-on (AUTH)' : `AUTH ${mechanisms.join(' ')}`;
      return {
        status: 'Failed',
        detail: `The server offers ${what}, not ${logOn.method === 'Automatic' ? 'PLAIN, LOGIN or CRAM-MD5' : logOn.method}.`,
        action: 'Set -AuthenticationMethod to what it offers; often another port (587) offers more.',
      };
    }
    let secret = await logOn.secret(null);
    this.#logOnTried = true;
    let heard = hiding(await sayLogOn(probe, method, logOn.userName, secret), secret, logOn.userName);
    if (heard.code === 535 && method === 'XOAUTH2') {
      const refusedOne = secret;
      secret = await logOn.secret(refusedOne).catch(() => refusedOne);
      // Who hangs up over a token has said enough.
      if (secret !== refusedOne)
        heard = await sayLogOn(probe, method, logOn.userName, secret).then(
          again => hiding(again, secret, logOn.userName),
          () => heard,
        );
    }
    if (heard.code !== 235) return refused(heard, `The log-on of ${logOn.userName} by ${method} was refused.`);
    return { status: 'Passed', detail: `${logOn.userName} logged on by ${method}.`, reply: heard.text };
  }

  async #transaction(target: Target, probe: Probe, recipient: string): Promise<void> {
    const { sender, message } = this.#about;
    await this.#step(target, 'MailFrom', async () => {
      const heard = await probe.say(`MAIL FROM:<${sender}>`);
      return heard.code === 250
        ? { status: 'Passed', detail: `The server takes mail of ${sender || '<>'}.`, reply: heard.text }
        : refused(heard, `The server takes no mail of ${sender || '<>'}.`);
    });
    await this.#step(target, 'RcptTo', async () => {
      const heard = await probe.say(`RCPT TO:<${recipient}>`);
      return heard.code === 250 || heard.code === 251
        ? { status: 'Passed', detail: `The server takes mail for ${recipient}.`, reply: heard.text }
        : refused(heard, `The server takes no mail for ${recipient}.`);
    });
    this.#sent = true;
    if (message === null) {
      // A server that knows no RSET has the connection closed on it next.
      await probe.say('RSET').catch(() => null);
      return;
    }
    await this.#step(target, 'Send', async () => {
      const asked = await probe.say('DATA');
      if (asked.code !== 354) return refused(asked, 'The server does not want the message.');
      probe.write(message.replace(/^\./gm, '..'));
      const heard = await probe.say('.');
      return heard.code === 250
        ? { status: 'Passed', detail: 'The server took the message.', reply: heard.text }
        : refused(heard, 'The server refused the message.');
    });
  }

  /** @throws Stop after a step that failed. */
  async #step(target: Target | null, step: StepName, run: () => Promise<Verdict>): Promise<void> {
    const begin = performance.now();
    const verdict = await run().catch((error: Error) => troubleVerdict(step, error));
    this.#tell({
      connector: this.#about.manners.connector,
      target: target && `${target.host === target.address ? '' : `${target.host} `}[${target.address}]:${target.port}`,
      step,
      status: verdict.status,
      detail: verdict.detail,
      reply: verdict.reply ?? null,
      action: verdict.action ?? null,
      elapsed: Math.round(performance.now() - begin),
    });
    if (verdict.status === 'Failed') throw new Stop();
  }
}

function ignoreStop(error: unknown): void {
  if (!(error instanceof Stop)) throw error;
}

const refused = (heard: Heard, detail: string): Verdict => ({
  status: 'Failed',
  detail,
  reply: heard.text,
  action: explain(heard.text)?.action ?? null,
});

/** What a server repeats of a secret is not shown. */
const hiding = (heard: Heard, secret: string, user: string): Heard => ({
  ...heard,
  text: [...shapesOf(user, secret)]
    .sort((a, b) => b.length - a.length)
    .reduce((text, shape) => (shape === '' ? text : text.replaceAll(shape, '***')), heard.text),
});

const isNeeded = (tls: TlsMode): boolean => tls !== 'None' && tls !== 'Opportunistic';

/** The handshake is to be done once more. */
type Again = Extract<DaneVerdict, { readonly kind: 'again' }>;

function daneVerdict(verdict: DaneVerdict, owner: string): Verdict {
  if (verdict.kind === 'good')
    return {
      status: 'Passed',
      detail: `The certificate is the one that the TLSA records of ${owner} mean (${verdict.by}).`,
    };
  const why = verdict.kind === 'bad' ? verdict.why : 'its certificates change from one connection to the next';
  return {
    status: 'Failed',
    detail: `DANE: ${why} (${owner}), so no mail goes there.`,
    action:
      'The certificate was changed without its TLSA records, or somebody stands between. Tell the postmaster of that domain.',
  };
}

const HANDSHAKE = 'The server may speak only old TLS, or something between cuts it (inspection of a firewall).';

const TLS_VERSIONS: Record<string, string> = { TLSv1: '1.0', 'TLSv1.1': '1.1', 'TLSv1.2': '1.2', 'TLSv1.3': '1.3' };

function greetingVerdict(heard: Heard): Verdict {
  if (heard.code === 220) return { status: 'Passed', detail: 'The server is ready.', reply: heard.text };
  if (heard.code === 0)
    return {
      status: 'Failed',
      detail: 'What answers there is no SMTP server.',
      reply: heard.text.slice(0, 200),
      action: 'Check host and port of the smart host.',
    };
  return refused(heard, 'The server does not want this connection.');
}

function troubleVerdict(step: StepName, error: Error): Verdict {
  const why = error instanceof NoAnswer ? error.why : 'other';
  if (step === 'Connect') return { status: 'Failed', ...CONNECT[why] };
  if (step === 'Greeting' && why === 'silence')
    return {
      status: 'Failed',
      detail: `${error.message}: the connection stands, and no greeting comes.`,
      action:
        'Port 465 wants TLS from the beginning, which this relay does not speak to others: use port 587 or 25. Else the server is overloaded or looks up our name.',
    };
  if (step === 'Greeting' && why === 'closed')
    return {
      status: 'Failed',
      detail: `${error.message}.`,
      action: 'The server or a firewall before it does not want this address, or takes no more connections now.',
    };
  // Of the log-on: why there is no secret or no token.
  return { status: 'Failed', detail: `${error.message}.`, action: explain(error.message)?.action ?? null };
}

const CONNECT: Record<NoAnswer['why'], { readonly detail: string; readonly action: string }> = {
  refused: {
    detail: 'Connection refused: the host is there, and nothing listens on this port, or a firewall rejects it.',
    action: 'Check host and port of the smart host, and whether the server runs.',
  },
  timeout: {
    detail: 'No answer in time: is the port blocked? A firewall drops the packets, or the host is down.',
    action: 'Many providers and Azure block port 25 to the outside: ask yours, or use port 587 and a smart host.',
  },
  unreachable: {
    detail: 'There is no way to this address.',
    action: 'Check the network, routes and IPv6 of this computer.',
  },
  closed: { detail: 'The connection was cut at once.', action: 'A firewall or the server does not want this address.' },
  silence: { detail: 'No answer in time.', action: 'Check the network.' },
  tls: { detail: 'No connection.', action: 'Check the network.' },
  other: { detail: 'No connection can be made.', action: 'Check -SourceAddress of the connector and the network.' },
};
