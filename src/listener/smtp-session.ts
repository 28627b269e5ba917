/**
 * One SMTP conversation turned into questions: may this client relay, is there room, is the address
 * one; and at DATA into a message in the spool. Every refusal has a reply with an enhanced status
 * code for the client and a rule for the log; the client never learns the rule.
 */
import type { SMTPServerAddress } from 'smtp-server';
import type { Emit } from '../log/events.ts';
import { isAscii, parseMailbox } from '../message/address.ts';
import type { Envelope, EnvelopeRecipient, Notify, Origin } from '../message/envelope.ts';
import type { ClientRates, RateAnswer } from '../policy/client-rates.ts';
import type { RelayAnswer, RelayQuestion } from '../policy/relay-restriction.ts';
import { type Spool, SpoolFull } from '../spool/spool.ts';
import { type AccountGate, userOf } from './account-gate.ts';
import type { AddressGate } from './address-gate.ts';
import type { RelaySession } from './connection.ts';
import { Intake, IntakeRefused } from './intake.ts';
import type { MessageStream } from './message-stream.ts';

/** What a conversation needs; the functions are asked each time, so changed settings are live. */
export interface SessionDependencies {
  readonly listener: string;
  readonly spool: Spool;
  readonly emit: Emit;
  readonly now: () => number;
  readonly mayRelay: (question: RelayQuestion) => RelayAnswer;
  /** The largest message that the way of this mail takes, in bytes; null for no limit. */
  readonly sizeLimitOf: (mail: {
    readonly recipient: string;
    readonly reversePath: string;
    readonly origin: Origin;
  }) => number | null;
  readonly rates: ClientRates;
  readonly accounts: AccountGate;
  readonly addresses: AddressGate;
  readonly fqdn: () => string;
  readonly maxHopCount: () => number;
  readonly bareLineEndings: () => 'Normalize' | 'Reject';
}

/** What addresses without a domain mean. */
export interface ShortAddresses {
  /** Of the bare `postmaster`. */
  readonly postmaster: () => string;
  /** Of others; null refuses them. */
  readonly defaultDomain: () => string | null;
}

/** An answer to the client: smtp-server takes code and text from it. */
export class SmtpRefusal extends Error {
  readonly responseCode: number;

  constructor(code: number, text: string) {
    super(text);
    this.responseCode = code;
  }
}

type Done = (error?: Error | null) => void;

/** MAIL FROM */
export function onMailFrom(
  deps: SessionDependencies,
  address: SMTPServerAddress,
  session: RelaySession,
  done: Done,
): void {
  const sender = address.address;
  if (sender !== '' && !readMailbox(sender)) {
    forgetParameters(session);
    refuse(deps, session, 'MAIL', 'BadAddress', 501, '5.1.7 Bad sender address', sender, null, done);
    return;
  }
  const refused = deps.addresses.refusesSender(sender) ?? deps.accounts.refusesToBegin(session, sender);
  if (refused) {
    forgetParameters(session);
    refuse(deps, session, 'MAIL', refused.rule, refused.code, refused.text, sender, null, done);
    return;
  }
  const { rates } = deps;
  const over = rates.mayBegin(session.remoteAddress) ?? rates.tryOne('messages', session.remoteAddress);
  if (over) {
    forgetParameters(session);
    refuseOver(deps, session, 'MAIL', over, 'messages', sender, null, done);
    return;
  }
  deps.spool.hasSpace().then(enough => {
    if (enough) return done();
    forgetParameters(session);
    refuse(
      deps,
      session,
      'MAIL',
      'MinimumFreeSpace',
      452,
      '4.3.1 Insufficient system storage, try again later',
      sender,
      null,
      done,
    );
  }, done);
}

/** smtp-server has taken them over already; a refused MAIL must leave nothing to the next one. */
export function forgetParameters({ envelope }: RelaySession): void {
  Object.assign(envelope, { bodyType: '7bit', smtpUtf8: false, requireTLS: false });
  if (envelope.dsn) Object.assign(envelope.dsn, { ret: null, envid: null });
}

/** RCPT TO */
export function onRcptTo(
  deps: SessionDependencies,
  address: SMTPServerAddress,
  session: RelaySession,
  done: Done,
): void {
  const sender = senderOf(session);
  const mailbox = readMailbox(address.address);
  if (!mailbox) {
    refuse(deps, session, 'RCPT', 'BadAddress', 501, '5.1.3 Bad recipient address', sender, address.address, done);
    return;
  }
  const refused =
    deps.accounts.refusesToGoOn(session, mailbox.address) ?? deps.addresses.refusesRecipient(mailbox.address);
  if (refused) {
    refuse(deps, session, 'RCPT', refused.rule, refused.code, refused.text, sender, mailbox.address, done);
    return;
  }
  const answer = deps.mayRelay({
    ipAddress: session.remoteAddress,
    account: accountOf(session),
    certificate: session.notes.clientCertificate,
    sender,
    recipient: mailbox.address,
  });
  if (!answer.allowed) {
    refuse(deps, session, 'RCPT', answer.rule, 550, '5.7.1 Relaying denied', sender, mailbox.address, done);
    return;
  }
  const size = declaredSize(session);
  const limit =
    size === 0
      ? null
      : deps.sizeLimitOf({ recipient: mailbox.address, reversePath: sender, origin: originOf(deps, session) });
  if (limit !== null && size > limit) {
    refuse(deps, session, 'RCPT', TOO_LARGE_FOR_CONNECTOR, 552, tooLargeFor(limit), sender, mailbox.address, done);
    return;
  }
  const over = deps.rates.tryOne('recipients', session.remoteAddress);
  if (over) {
    refuseOver(deps, session, 'RCPT', over, 'recipients', sender, mailbox.address, done);
    return;
  }
  done();
}

/** DATA: the callback gets an error, or the text of the 250. */
export function onData(
  deps: SessionDependencies,
  stream: MessageStream,
  session: RelaySession,
  localAddress: string,
  done: (error: Error | null, text?: string) => void,
): void {
  receive(deps, stream, session, localAddress).then(
    text => done(null, text),
    error => done(error as Error),
  );
}

async function receive(
  deps: SessionDependencies,
  stream: MessageStream,
  session: RelaySession,
  localAddress: string,
): Promise<string> {
  const envelope = envelopeOf(session);
  const origin = originOf(deps, session);
  const begun = deps.accounts.begin(session);
  if ('rule' in begun)
    throw refusal(deps, session, 'DATA', begun.rule, begun.code, begun.text, envelope.reversePath, null);
  const intake = new Intake({
    spool: deps.spool,
    envelope,
    origin,
    clientName: clientNameOf(session),
    fqdn: deps.fqdn(),
    protocol: session.transmissionType,
    tls: session.notes.tls,
    maxHopCount: deps.maxHopCount(),
    bareLineEndings: deps.bareLineEndings(),
    checkHead: head => {
      deps.addresses.checkHead(head);
      begun.checkHead(head);
    },
    checkSize: size => refuseTooLarge(deps, envelope, origin, size),
    now: deps.now,
  });
  try {
    for (let chunk = await stream.next(); chunk !== null; chunk = await stream.next()) {
      // smtp-server answers 552 by itself once everything is in; nothing of it needs keeping.
      if (stream.sizeExceeded) break;
      await intake.write(chunk);
    }
    if (stream.sizeExceeded) throw tooLarge(deps, session, envelope);
    const message = await intake.commit();
    session.notes.messageId = message.id;
    session.notes.internetMessageId = message.internetMessageId;
    session.notes.messageBytes = stream.byteLength;
    session.notes.messages++;
    const tlsVersion = session.notes.tls?.version ?? null;
    deps.emit({ type: 'received', message, localAddress, clientName: clientNameOf(session), tlsVersion });
    return `2.6.0 Queued as ${message.id}`;
  } catch (error) {
    begun.undo();
    await intake.abort();
    // The client hears the refusal after its final dot, when it listens: until then smtp-server drops what comes.
    throw toRefusal(deps, session, envelope, error);
  } finally {
    deps.rates.addBytes(session.remoteAddress, stream.byteLength);
  }
}

const TOO_LARGE_FOR_CONNECTOR = 'ConnectorMaxMessageSize';

const tooLargeFor = (limit: number): string => `5.3.4 Message too large for this recipient; ${limit} bytes are allowed`;

/** What MAIL said (RFC 1870); 0 when it said nothing. */
function declaredSize({ envelope: { mailFrom } }: RelaySession): number {
  const args = mailFrom ? mailFrom.args : false;
  return args ? Number(args.SIZE ?? 0) : 0;
}

/** When it is too large for every recipient's way. Who alone can't get it is told of in a report. */
function refuseTooLarge(deps: SessionDependencies, envelope: Envelope, origin: Origin, size: number): void {
  const { reversePath, recipients } = envelope;
  let most = 0;
  for (const { address } of recipients) {
    const limit = deps.sizeLimitOf({ recipient: address, reversePath, origin });
    if (limit === null || size <= limit) return;
    most = Math.max(most, limit);
  }
  throw new IntakeRefused(552, tooLargeFor(most), TOO_LARGE_FOR_CONNECTOR);
}

const tooLarge = (deps: SessionDependencies, session: RelaySession, envelope: Envelope) =>
  refusal(deps, session, 'DATA', 'MaxMessageSize', 552, '5.3.4 Message too large', envelope.reversePath, null);

function toRefusal(deps: SessionDependencies, session: RelaySession, envelope: Envelope, error: unknown): Error {
  if (error instanceof SmtpRefusal) return error;
  if (error instanceof IntakeRefused)
    return refusal(deps, session, 'DATA', error.rule, error.code, error.message, envelope.reversePath, null);
  if (error instanceof SpoolFull)
    return refusal(
      deps,
      session,
      'DATA',
      'MinimumFreeSpace',
      452,
      '4.3.1 Insufficient system storage, try again later',
      envelope.reversePath,
      null,
    );
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ECONNECTION') return new SmtpRefusal(451, '4.4.2 Connection lost');
  deps.emit({
    type: 'service',
    level: 'error',
    what: `A message from ${session.remoteAddress} could not be stored: ${message}`,
  });
  return refusal(
    deps,
    session,
    'DATA',
    'StorageFailed',
    451,
    '4.3.0 The message could not be stored, try again later',
    envelope.reversePath,
    null,
  );
}

function refusal(
  deps: SessionDependencies,
  session: RelaySession,
  stage: string,
  rule: string,
  code: number,
  text: string,
  sender: string | null,
  recipient: string | null,
): SmtpRefusal {
  session.notes.rule = rule;
  deps.emit({
    type: 'refused',
    sessionId: session.id,
    clientIp: session.remoteAddress,
    listener: deps.listener,
    stage,
    rule,
    reply: `${code} ${text}`,
    sender,
    recipient,
  });
  return new SmtpRefusal(code, text);
}

export function refuse(
  deps: SessionDependencies,
  session: RelaySession,
  stage: string,
  rule: string,
  code: number,
  text: string,
  sender: string | null,
  recipient: string | null,
  done: Done,
): void {
  done(refusal(deps, session, stage, rule, code, text, sender, recipient));
}

/** The client did too much of it in the last minute. */
function refuseOver(
  deps: SessionDependencies,
  session: RelaySession,
  stage: string,
  { rule, seconds }: NonNullable<RateAnswer>,
  what: string,
  sender: string,
  recipient: string | null,
  done: Done,
): void {
  const text = `4.7.1 Too many ${what} from your address, try again in ${seconds} seconds`;
  refuse(deps, session, stage, rule, 450, text, sender, recipient, done);
}

const senderOf = ({ envelope }: RelaySession): string => (envelope.mailFrom ? envelope.mailFrom.address : '');

const accountOf = (session: RelaySession): string | null => userOf(session)?.account ?? null;

/** U+FFFD stands for bytes that were not UTF-8: what the client meant is lost, so it is no address. */
const readMailbox = (address: string) => (address.includes('\ufffd') ? null : parseMailbox(address));

/**
 * The address that a command means, in its one spelling: without a domain that of the settings (RFC 6409 8.1), and
 * for the bare `postmaster`, which RFC 5321 4.5.1 lets stand as a recipient, ours. What is no address stays as it is.
 */
export function meantAddress(
  { defaultDomain, postmaster }: ShortAddresses,
  verb: 'MAIL' | 'RCPT',
  address: string,
): string {
  if (verb === 'RCPT' && address.toLowerCase() === 'postmaster') return postmaster();
  const domain = defaultDomain();
  const whole = domain === null || address === '' || address.includes('@') ? address : `${address}@${domain}`;
  return readMailbox(whole)?.address ?? address;
}

function envelopeOf(session: RelaySession): Envelope {
  const { rcptTo, dsn, bodyType, smtpUtf8 } = session.envelope;
  const reversePath = senderOf(session);
  const recipients = rcptTo.map(
    (recipient): EnvelopeRecipient => ({
      address: recipient.address,
      notify: (recipient.dsn?.notify ?? []) as Notify[],
      orcpt: recipient.dsn?.orcpt ?? null,
    }),
  );
  const international = [reversePath, ...recipients.map(recipient => recipient.address)].some(
    address => !isAscii(address),
  );
  return {
    reversePath,
    recipients,
    ret: (dsn?.ret ?? null) as Envelope['ret'],
    envid: dsn?.envid ?? null,
    eightBitMime: bodyType === '8bitmime',
    smtpUtf8: smtpUtf8 === true || international,
  };
}

/** Known by now and leading back; nobody waits for it here. */
function clientNameOf({ notes }: RelaySession): string | null {
  const answer = notes.clientName?.answer;
  return answer?.kind === 'verified' ? answer.name : null;
}

function originOf(deps: SessionDependencies, session: RelaySession): Origin {
  return {
    source: 'SMTP',
    clientIp: session.remoteAddress,
    heloName: session.hostNameAppearsAs || null,
    listener: deps.listener,
    account: accountOf(session),
    sessionId: session.id,
  };
}
