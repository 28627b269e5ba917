/**
 * The log of the system: journal or syslog through `logger`, which is there wherever one of them is. Nothing
 * waits for it and nothing fails by it. On Windows there is none yet (see docs/verification.md).
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';

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
  if (process.platform === 'win32' || !existsSync(socket)) return () => {};
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
