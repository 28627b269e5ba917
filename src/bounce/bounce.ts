/**
 * Says what happened to mail: a report to the sender as an ordinary message through the spool, or a
 * file in BadMail where there is nobody to tell. Never a report about a report: the null reverse-path
 * gets none (RFC 5321 4.5.5, 6.1). NOTIFY decides whether the sender wants to know (RFC 3461).
 */
import { randomBytes } from 'node:crypto';
import type { Emit } from '../log/events.ts';
import { isAscii } from '../message/address.ts';
import type { AcceptedMessage, Envelope, Origin } from '../message/envelope.ts';
import { readHeaderBlock } from '../message/header-block.ts';
import type { Outcome } from '../message/outcome.ts';
import { writeEnvelopeLines } from '../spool/envelope-lines.ts';
import type { Spool } from '../spool/spool.ts';
import { writeBadMail } from './bad-mail.ts';
import { CopyAllowance } from './copies.ts';
import { type ReportKind, writeReport } from './report.ts';

interface Result {
  readonly index: number;
  readonly outcome: Outcome;
}

export interface BounceDependencies {
  readonly spool: Spool;
  readonly emit: Emit;
  readonly now: () => number;
  readonly badMailFolder: string;
  /** Who gets copies of reports about failures, and how many in an hour. */
  readonly copies: () => { readonly ndrCopyTo: string | null; readonly ndrCopyPerHour: number };
  readonly identity: () => { readonly fqdn: string; readonly postmaster: string };
}

/** Larger messages come back as their header only, whatever RET says. */
const RETURNED_IN_FULL = 100 * 1024;
const HEADER_AT_MOST = 64 * 1024;

export class Bounce {
  readonly #deps: BounceDependencies;
  readonly #allowance = new CopyAllowance();

  constructor(deps: BounceDependencies) {
    this.#deps = deps;
  }

  /** Tells the sender that these recipients will not get the message. */
  async failed(message: AcceptedMessage, results: readonly Result[]): Promise<void> {
    const wanted = results.filter(({ index }) => wants(message, index, 'FAILURE'));
    const unwanted = results.filter(result => !wanted.includes(result));
    if (unwanted.length > 0) {
      this.#deps.emit({
        type: 'dropped',
        message,
        recipients: addresses(message, unwanted),
        reason: 'the sender asked for no report (NOTIFY)',
      });
    }
    if (wanted.length === 0) return;
    if (message.envelope.reversePath === '') await this.#toBadMail(message, wanted);
    else await this.#report('failed', message, wanted);
  }

  /** Tells the sender that the message still waits (RFC 3461 4.1: with NOTIFY=DELAY, or without NOTIFY). */
  async delayed(message: AcceptedMessage, results: readonly Result[], until: number): Promise<void> {
    if (message.envelope.reversePath === '') return;
    const wanted = results.filter(({ index }) => {
      const { notify } = message.envelope.recipients[index]!;
      return notify.length === 0 || notify.includes('DELAY');
    });
    if (wanted.length > 0) await this.#report('delayed', message, wanted, until);
  }

  /** Tells the sender that a server took the message which will not confirm anything (RFC 3461 5.2.2). */
  async relayed(message: AcceptedMessage, results: readonly Result[]): Promise<void> {
    if (message.envelope.reversePath !== '') await this.#report('relayed', message, results);
  }

  /** Tells the sender that the message has reached its end (RFC 3461 5.2.4, RFC 3464 "delivered"). */
  async delivered(message: AcceptedMessage, results: readonly Result[]): Promise<void> {
    if (message.envelope.reversePath !== '') await this.#report('delivered', message, results);
  }

  async #toBadMail(message: AcceptedMessage, results: readonly Result[]): Promise<void> {
    const reason = 'it has no sender to whom it could be returned.';
    const body = await this.#deps.spool.openBody(message);
    const envelope: Envelope = {
      ...message.envelope,
      recipients: results.map(({ index }) => message.envelope.recipients[index]!),
    };
    const file = await writeBadMail(this.#deps.badMailFolder, {
      message,
      results,
      reason,
      content: withLines(writeEnvelopeLines(envelope), body.stream()),
      now: this.#deps.now(),
    });
    this.#deps.emit({ type: 'badmail', message, recipients: addresses(message, results), reason, file });
  }

  async #report(
    kind: ReportKind,
    message: AcceptedMessage,
    results: readonly Result[],
    retryUntil: number | null = null,
  ): Promise<void> {
    const { fqdn, postmaster } = this.#deps.identity();
    const original = await this.#original(message, kind);
    const envelope = envelopeTo(message.envelope.reversePath, message.envelope.smtpUtf8);
    let text: Buffer = Buffer.alloc(0);
    const report = await this.#send(envelope, id => {
      text = writeReport({
        kind,
        message,
        results,
        fqdn,
        postmaster,
        now: this.#deps.now(),
        retryUntil,
        id,
        boundary: `report${randomBytes(12).toString('hex')}`,
        ...original,
      });
      return text;
    });
    this.#deps.emit({ type: 'report', message, reportId: report.id, kind, recipients: addresses(message, results) });
    if (kind === 'failed') await this.#copy(text, message, report);
  }

  /** Puts a message without sender into the spool; its text may name its queue id. */
  async #send(envelope: Envelope, textOf: (id: string) => Buffer): Promise<AcceptedMessage> {
    const reception = this.#deps.spool.receive(envelope, REPORT);
    try {
      const text = textOf(reception.id);
      await reception.write(text);
      const facts = readHeaderBlock(text.subarray(0, HEADER_AT_MOST));
      const report = await reception.commit({ subject: facts.subject, internetMessageId: facts.messageId });
      this.#deps.emit({ type: 'received', message: report, localAddress: null });
      return report;
    } catch (error) {
      await reception.abort();
      throw error;
    }
  }

  /**
   * The same report for the administrator. It has no sender, so that when it fails there is neither a
   * report nor another copy. The report itself is safe already: trouble here is told, not thrown.
   */
  async #copy(text: Buffer, message: AcceptedMessage, report: AcceptedMessage): Promise<void> {
    const { ndrCopyTo, ndrCopyPerHour } = this.#deps.copies();
    if (ndrCopyTo === null || ndrCopyTo.toLowerCase() === message.envelope.reversePath.toLowerCase()) return;
    const now = this.#deps.now();
    if (!this.#allowance.take(now, ndrCopyPerHour)) {
      const what = `More than ${ndrCopyPerHour} reports in an hour: further ones are not copied to ${ndrCopyTo}`;
      if (this.#allowance.mayTell(now)) this.#deps.emit({ type: 'service', level: 'warn', what });
      return;
    }
    try {
      await this.#send(envelopeTo(ndrCopyTo, report.envelope.smtpUtf8 || !isAscii(ndrCopyTo)), () => text);
    } catch (error) {
      const what = `The copy of report ${report.id} to ${ndrCopyTo} could not be stored: ${(error as Error).message}`;
      this.#deps.emit({ type: 'service', level: 'error', what });
    }
  }

  async #original(
    message: AcceptedMessage,
    kind: ReportKind,
  ): Promise<{ originalHeader: Buffer; originalMessage: Buffer | null }> {
    const body = await this.#deps.spool.openBody(message);
    const small = message.size <= RETURNED_IN_FULL;
    const head = small ? await body.read() : await firstBytes(body.stream(), HEADER_AT_MOST);
    const { bodyStart } = readHeaderBlock(head.subarray(0, HEADER_AT_MOST));
    // A failure returns the message unless the sender asked for less; good news never does.
    const inFull = small && kind === 'failed' && message.envelope.ret !== 'HDRS';
    return { originalHeader: head.subarray(0, bodyStart), originalMessage: inFull ? head : null };
  }
}

const REPORT: Origin = {
  source: 'DSN',
  clientIp: null,
  heloName: null,
  listener: null,
  account: null,
  sessionId: null,
};

/** RFC 3461 6.2: nobody is told what becomes of a report. */
const envelopeTo = (address: string, smtpUtf8: boolean): Envelope => ({
  reversePath: '',
  recipients: [{ address, notify: ['NEVER'], orcpt: null }],
  ret: null,
  envid: null,
  eightBitMime: true,
  smtpUtf8,
});

function wants(message: AcceptedMessage, index: number, what: 'FAILURE'): boolean {
  const { notify } = message.envelope.recipients[index]!;
  // A bounce that bounces has nobody to notify, but must not vanish either: BadMail keeps it.
  return notify.length === 0 || notify.includes(what) || message.envelope.reversePath === '';
}

const addresses = (message: AcceptedMessage, results: readonly Result[]) =>
  results.map(({ index }) => message.envelope.recipients[index]!.address);

async function* withLines(lines: Buffer, body: NodeJS.ReadableStream): AsyncGenerator<Buffer> {
  yield lines;
  for await (const chunk of body) yield chunk as Buffer;
}

async function firstBytes(stream: NodeJS.ReadableStream, count: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    chunks.push(chunk as Buffer);
    length += chunk.length;
    if (length >= count) break;
  }
  return Buffer.concat(chunks).subarray(0, count);
}
