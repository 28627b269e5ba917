/**
 * The log of the system: journal or syslog through `logger`, which is there wherever one of them is; on Windows the
 * Application log through SmtpRelay.exe, which packages bring. Nothing waits for it and nothing fails by it.
 */
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { SERVICE_PROGRAM } from './service-host.ts';

export type SystemLog = (notice: {
  readonly id: number;
  readonly level: 'info' | 'warn' | 'error';
  readonly text: string;
}) => void;

const PRIORITIES = { info: 'info', warn: 'warning', error: 'err' } as const;
const SOCKET = '/dev/log';
const LONGEST = 900;

/** @param socket where syslog or the journal listens */
export function openSystemLog(socket = SOCKET): SystemLog {
  if (process.platform === 'win32') return existsSync(SERVICE_PROGRAM) ? openEventLog([SERVICE_PROGRAM]) : () => {};
  if (!existsSync(socket)) return () => {};
  return ({ id, level, text }) => {
    // A line break would begin another entry.
    const line = `[${id}] ${text.replace(/[\x00-\x1f\x7f]+/g, ' ').slice(0, LONGEST)}`;
    const where = socket === SOCKET ? [] : ['--socket', socket];
    execFile(
      'logger',
      [...where, '--tag', 'smtp-relay', '--priority', `daemon.${PRIORITIES[level]}`, '--', line],
      () => {},
    );
  };
}

/** @param program SmtpRelay.exe, with what it is run by where that is not Windows itself */
export function openEventLog([program, ...args]: readonly [string, ...string[]]): SystemLog {
  return ({ id, level, text }) => {
    const child = spawn(program, [...args, '--event', level, String(id)], {
      stdio: ['pipe', 'ignore', 'ignore'],
      windowsHide: true,
    });
    child.on('error', () => {});
    child.stdin.on('error', () => {});
    child.stdin.end(text);
  };
}
