/**
 * A program of its own that reads log files, for Get-SmtpLog and Get-SmtpClientReport. It is not the
 * relay: gigabytes are read with the rights of whoever asks, on a machine with or without a relay, and no
 * session waits for it. One question as JSON on standard input; answers as JSON lines on standard output:
 * `{"value": ...}`, `{"read": bytes, "total": bytes}` now and then, `{"problem": "..."}` at last if it failed.
 * It ends when its input does: with `"wait": true` it goes on until then.
 */
import { stat } from 'node:fs/promises';
import { ClientReport, type GroupBy } from './log/client-report.ts';
import { followLog } from './log/follow.ts';
import { listLogFilesOf } from './log/log-files.ts';
import { dayOfFile } from './log/log-lines.ts';
import { LogSessions, type ProtocolSession } from './log/log-sessions.ts';
import {
  type LogFiles,
  type ProtocolQuery,
  ProtocolSearch,
  protocolEntriesOf,
  protocolFilesOf,
} from './log/protocol-reader.ts';
import { ResultWindow } from './log/result-window.ts';
import { TRACKING_PREFIX } from './log/tracking-log.ts';
import { trackingRowsOf } from './log/tracking-reader.ts';

interface Question {
  readonly kind: 'lines' | 'sessions' | 'clients';
  /** Files, oldest first; without them, those of the folder. */
  readonly paths?: readonly string[];
  readonly folder?: string;
  readonly query: ProtocolQuery;
  readonly wait?: boolean;
  readonly groupBy?: GroupBy;
}

class Answer {
  #read = 0;
  #total = 0;
  #told = Date.now();
  #pending = '';

  /** @param passes how often the files are read before the last time */
  async expect({ files, around }: LogFiles, passes: number): Promise<void> {
    const sizeOf = async (some: LogFiles['files']) => {
      const sizes = await Promise.all(some.map(file => stat(file.path).then(({ size }) => size)));
      return sizes.reduce((sum, size) => sum + size, 0);
    };
    this.#total = (await sizeOf(files)) + passes * (await sizeOf(around));
  }

  readonly onBytes = (bytes: number): void => {
    this.#read += bytes;
    const now = Date.now();
    if (now - this.#told < 500) return;
    this.#told = now;
    this.#put({ read: this.#read, total: this.#total });
  };

  value(value: unknown): void {
    this.#put({ value });
  }

  problem(problem: string): void {
    this.#put({ problem });
  }

  /** Waits while the reader is slower than we are, so that nothing piles up here. */
  async flush(): Promise<void> {
    const text = this.#pending;
    this.#pending = '';
    if (text !== '') await new Promise<void>(resolve => process.stdout.write(text, () => resolve()));
  }

  #put(item: object): void {
    this.#pending += `${JSON.stringify(item)}\n`;
  }
}

const filesOf = async ({ paths, folder = '.', query, kind }: Question): Promise<LogFiles> => {
  if (paths !== undefined) {
    const files = await Promise.all(paths.map(async path => ({ path, day: await dayOfFile(path) })));
    return { files, around: files };
  }
  if (kind !== 'clients') {
    const found = await protocolFilesOf(folder, query);
    // A session is shown whole.
    return kind === 'sessions' ? { ...found, files: found.around } : found;
  }
  const time = (text: string | undefined) => (text === undefined ? null : Date.parse(text));
  return { files: await listLogFilesOf(folder, TRACKING_PREFIX, time(query.start), time(query.end)), around: [] };
};

async function readLines({ query }: Question, files: LogFiles, answer: Answer): Promise<void> {
  for await (const entries of protocolEntriesOf(files, query, answer.onBytes)) {
    for (const entry of entries) answer.value(entry);
    await answer.flush();
  }
}

async function readSessions(question: Question, { files, around }: LogFiles, answer: Answer): Promise<void> {
  const { query } = question;
  // The filters say which sessions are wanted; a session is shown whole.
  const { start, end, tail, resultSize, ...asked } = query;
  const wanted = await ProtocolSearch.prepare(query, around, answer.onBytes);
  const window = tail === undefined ? null : new ResultWindow<ProtocolSession>(null, tail);
  let left = resultSize ?? Number.POSITIVE_INFINITY;
  const sessions = new LogSessions(session => {
    if (!session.entries.some(entry => wanted.lets(entry))) return;
    if (window) window.add(session);
    else if (left-- > 0) answer.value(session);
  });
  const { clientIP, session, direction } = asked;
  const all = new ProtocolSearch({ clientIP, session, direction });
  for (const file of files) {
    for await (const entries of all.entriesOf(file, answer.onBytes)) {
      for (const entry of entries) sessions.add(entry);
      if (left <= 0) return;
      await answer.flush();
    }
  }
  sessions.end();
  for (const session of window?.entries() ?? []) answer.value(session);
}

async function reportClients(question: Question, { files }: LogFiles, answer: Answer): Promise<void> {
  const report = new ClientReport(question.groupBy ?? 'Client');
  const { start, end, clientIP } = question.query;
  const search = new ProtocolSearch({ start, end, clientIP, direction: 'Inbound' });
  for (const file of files) {
    if (question.paths === undefined) {
      for await (const rows of trackingRowsOf(file.path, { start, end, eventId: 'RECEIVE' }, answer.onBytes)) {
        for (const row of rows) if (clientIP === undefined || row.clientIp === clientIP) report.addTracked(row);
        await answer.flush();
      }
      continue;
    }
    for await (const entries of search.entriesOf(file, answer.onBytes)) {
      for (const entry of entries) report.addLine(entry);
      await answer.flush();
    }
  }
  for (const summary of report.summaries()) answer.value(summary);
}

async function follow(question: Question, answer: Answer, signal: AbortSignal): Promise<void> {
  await followLog({
    search: new ProtocolSearch(question.query),
    files: async () => (await filesOf(question)).files,
    tail: question.query.tail ?? 10,
    onEntries: entries => {
      for (const entry of entries) answer.value(entry);
      void answer.flush();
    },
    signal,
  });
}

async function respond(question: Question, answer: Answer, signal: AbortSignal): Promise<void> {
  if (question.wait) return follow(question, answer, signal);
  const files = await filesOf(question);
  const { query } = question;
  const passes = [query.sender, query.recipient].filter(text => text !== undefined).length;
  await answer.expect(files, passes);
  if (question.kind === 'clients') return reportClients(question, files, answer);
  if (question.kind === 'sessions') return readSessions(question, files, answer);
  return readLines(question, files, answer);
}

const over = new AbortController();
let input = '';
let asked = false;
const answer = new Answer();
process.stdin.setEncoding('utf8');
// Whoever asked is gone.
process.stdout.on('error', () => process.exit(0));
process.stdin.on('end', () => {
  over.abort();
  process.exit(0);
});
process.stdin.on('data', (text: string) => {
  input += text;
  if (asked || !input.includes('\n')) return;
  asked = true;
  // Windows PowerShell begins its pipes with a mark of the encoding where the console is set to UTF-8.
  respond(JSON.parse(input.replace(/^\uFEFF/, '')) as Question, answer, over.signal)
    .catch((error: Error) => answer.problem(error.message))
    .then(() => answer.flush())
    .then(() => process.exit(0));
});
