/**
 * Whether a stranger could relay: by the rules, and by trying. The attempt comes from an address of this
 * computer that is on no list, where there is one; it ends before a message begins.
 */
import { networkInterfaces } from 'node:os';
import { type Heard, Probe } from '../deliver/test/probe.ts';
import { type Finding, failed, passed } from './check.ts';

/** Milliseconds. */
const TIMES = { connect: 10_000, reply: 10_000 };
/** Addresses that belong to nobody (RFC 5737, RFC 3849). */
const STRANGERS = ['192.0.2.250', '198.51.100.250', '203.0.113.250', '2001:db8:ffff::250'];
const RECIPIENT = 'open-relay-test@relay-test.invalid';
const COMMANDS = ['EHLO relay-test.invalid', 'MAIL FROM:<relay-test@relay-test.invalid>', `RCPT TO:<${RECIPIENT}>`];
const CURE = 'Set-RelayRestriction -Mode OnlyListed -IPAddress with the networks of your own programs only.';

export interface OpenRelayQuestion {
  readonly listener: string;
  readonly address: string;
  readonly port: number;
  /** Whether an address may relay without a log-on. */
  readonly mayRelay: (ipAddress: string, recipient: string) => boolean;
}

export async function checkOpenRelay(question: OpenRelayQuestion): Promise<Finding> {
  const allowed = STRANGERS.find(address => question.mayRelay(address, RECIPIENT));
  if (allowed !== undefined)
    return failed(`By the rules anybody may relay, such as ${allowed}. Spammers will find it.`, CURE);
  const source = strangerHere(question);
  if (source === null)
    return passed('By the rules a stranger may not relay. Each address of this computer may, so no attempt was made.');
  const heard = await attempt(question.address, question.port, source).catch((error: Error) => error);
  if (heard instanceof Error)
    return passed(`By the rules a stranger may not relay. An attempt from ${source} got no answer (${heard.message}).`);
  if (heard.code === 250) return failed(`An attempt to relay from ${source} got: ${heard.text}`, CURE);
  return passed(`An attempt to relay from ${source}, which is on no list, got: ${heard.text}`);
}

/** An address of this computer that reaches the listener and may not relay. */
function strangerHere({ address, mayRelay }: OpenRelayQuestion): string | null {
  const isSix = address.includes(':');
  const own = Object.values(networkInterfaces())
    .flatMap(list => list ?? [])
    .filter(({ family, internal, scopeid }) => family === (isSix ? 'IPv6' : 'IPv4') && !internal && !scopeid)
    .map(one => one.address);
  // On Linux the whole of 127/8 is this computer's; elsewhere the attempt fails and is told of as such.
  const loopback = isSix || process.platform !== 'linux' ? [] : ['127.83.77.84'];
  const isLoopback = /^127\.|^::1$/.test(address);
  const isAny = address === '0.0.0.0' || address === '::';
  const reachable = isAny ? [...own, ...loopback] : isLoopback ? loopback : own;
  return reachable.find(candidate => !mayRelay(candidate, RECIPIENT)) ?? null;
}

/** @returns the last reply: that to RCPT, or the one that came instead. @throws NoAnswer */
async function attempt(address: string, port: number, localAddress: string): Promise<Heard> {
  const host = address === '0.0.0.0' || address === '::' ? localAddress : address;
  const never = new AbortController().signal;
  const probe = await Probe.connect({ host, address: host, port }, TIMES, never, localAddress);
  try {
    let heard = await probe.reply();
    for (const command of COMMANDS) {
      if (heard.code < 200 || heard.code > 299) break;
      heard = await probe.say(command);
    }
    return heard;
  } finally {
    probe.end();
  }
}
