/**
 * Puts the lines of a protocol log together into conversations. Ours say the session they belong to.
 * Lines of the old SMTP service do not, so a conversation there is what one peer (by its name and
 * service) says until its QUIT, a new greeting or half an hour of silence; two conversations of one
 * client at the same moment then look like one. What a session holds is bounded, and a session that
 * ended or fell silent is given away at once, so memory stays flat over any number of them.
 */
import type { ProtocolEntry } from './protocol-entry.ts';

export interface ProtocolSession {
  readonly start: string;
  readonly end: string;
  /** Milliseconds. */
  readonly duration: number;
  readonly direction: 'Inbound' | 'Outbound';
  readonly clientIP: string | null;
  readonly heloName: string | null;
  readonly session: string | null;
  readonly listener: string | null;
  readonly connector: string | null;
  readonly senders: readonly string[];
  readonly recipients: readonly string[];
  /** Messages that were taken over. */
  readonly messages: number;
  /** Replies that refused or put off something (4xx and 5xx). */
  readonly refusals: number;
  readonly lastReply: string | null;
  readonly lines: number;
  /** The first 1000 lines. */
  readonly entries: readonly ProtocolEntry[];
}

const SILENCE = 1_800_000;
const MOST_ENTRIES = 1000;
const MOST_ADDRESSES = 100;
const SWEEP = 20_000;

const PATH = /^(?:FROM|TO):\s*<?([^>\s]*)>?/i;

export const pathOf = (entry: ProtocolEntry): string | null => PATH.exec(entry.argument ?? '')?.[1] ?? null;

class Conversation {
  readonly first: ProtocolEntry;
  readonly #entries: ProtocolEntry[] = [];
  readonly #senders = new Set<string>();
  readonly #recipients = new Set<string>();
  #last: ProtocolEntry;
  #lines = 0;
  #messages = 0;
  #refusals = 0;
  #lastReply: string | null = null;
  #heloName: string | null = null;
  #lastCommand: string | null = null;
  #told: number | null = null;

  constructor(first: ProtocolEntry) {
    this.first = first;
    this.#last = first;
  }

  get lastCommand(): string | null {
    return this.#lastCommand;
  }

  get lastTime(): number {
    return Date.parse(this.#last.time);
  }

  add(entry: ProtocolEntry): void {
    this.#last = entry;
    this.#lines += 1;
    if (this.#entries.length < MOST_ENTRIES) this.#entries.push(entry);
    this.#heloName = entry.heloName ?? this.#heloName;
    const verb = entry.command?.toUpperCase() ?? null;
    if (verb !== null && verb !== 'REPLY') this.#lastCommand = verb;
    this.#note(verb, entry);
    if (verb === 'QUIT') this.#told = entry.sessionTime;
    if (entry.code === null) return;
    const text = entry.reply ?? (verb === 'REPLY' ? entry.argument?.replace(/^\d{3}[ -]?/, '') : null);
    this.#lastReply = [entry.code, text].filter(part => part !== null && part !== undefined && part !== '').join(' ');
    if (entry.code >= 400) this.#refusals += 1;
    // What a client sends as DATA is answered once; a next hop says 354 first.
    else if (entry.code < 300 && (this.#lastCommand === 'DATA' || this.#lastCommand === 'BDAT') && isData(verb))
      this.#messages += 1;
  }

  #note(verb: string | null, entry: ProtocolEntry): void {
    const into = verb === 'MAIL' ? this.#senders : verb === 'RCPT' ? this.#recipients : null;
    const path = into === null ? null : pathOf(entry);
    if (path !== null && into!.size < MOST_ADDRESSES) into!.add(verb === 'MAIL' && path === '' ? '<>' : path);
  }

  result(): ProtocolSession {
    const { first } = this;
    const duration = this.#told ?? this.lastTime - Date.parse(first.time);
    return {
      start: first.time,
      end: this.#last.time,
      duration: Math.max(0, duration),
      direction: first.direction,
      clientIP: first.clientIP,
      heloName: this.#heloName,
      session: first.session,
      listener: first.listener,
      connector: first.connector,
      senders: [...this.#senders],
      recipients: [...this.#recipients],
      messages: this.#messages,
      refusals: this.#refusals,
      lastReply: this.#lastReply,
      lines: this.#lines,
      entries: this.#entries,
    };
  }
}

const isData = (verb: string | null): boolean => verb === 'DATA' || verb === 'BDAT' || verb === 'REPLY';

const GREETS_AGAIN = new Set(['STARTTLS', 'EHLO']);
const GREETINGS = new Set(['EHLO', 'HELO']);

export class LogSessions {
  readonly #open = new Map<string, Conversation>();
  readonly #onSession: (session: ProtocolSession) => void;
  #sinceSweep = 0;

  constructor(onSession: (session: ProtocolSession) => void) {
    this.#onSession = onSession;
  }

  add(entry: ProtocolEntry): void {
    const key = entry.session ?? `${entry.direction} ${entry.clientIP} ${entry.heloName} ${entry.listener}`;
    let conversation = this.#open.get(key);
    if (conversation !== undefined && entry.session === null && this.#isNew(conversation, entry)) {
      this.#end(key, conversation);
      conversation = undefined;
    }
    if (conversation === undefined) {
      conversation = new Conversation(entry);
      this.#open.set(key, conversation);
    }
    conversation.add(entry);
    // A next hop still answers our QUIT.
    const over = conversation.lastCommand === 'QUIT' && (entry.direction === 'Inbound' || entry.command === 'Reply');
    if (over) this.#end(key, conversation);
    this.#sinceSweep += 1;
    if (this.#sinceSweep >= SWEEP) this.#sweep(Date.parse(entry.time));
  }

  /** Gives away what is still open: the log ends here. */
  end(): void {
    for (const [key, conversation] of this.#open) this.#end(key, conversation);
  }

  #isNew(conversation: Conversation, entry: ProtocolEntry): boolean {
    if (Date.parse(entry.time) - conversation.lastTime > SILENCE) return true;
    const greets = entry.direction === 'Inbound' && GREETINGS.has(entry.command?.toUpperCase() ?? '');
    // Another greeting belongs to the same session after STARTTLS, and when EHLO was refused.
    return (
      (greets && !GREETS_AGAIN.has(conversation.lastCommand ?? '')) ||
      (entry.direction === 'Outbound' && entry.command === 'Reply' && entry.code === 220)
    );
  }

  #end(key: string, conversation: Conversation): void {
    this.#open.delete(key);
    this.#onSession(conversation.result());
  }

  #sweep(now: number): void {
    this.#sinceSweep = 0;
    for (const [key, conversation] of this.#open)
      if (now - conversation.lastTime > SILENCE) this.#end(key, conversation);
  }
}
