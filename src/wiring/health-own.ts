/** What the relay knows of itself: service, certificates, queue, disk, logs and the control token. */
import { access, constants, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RelayFacts } from '../control/methods/relay.ts';
import { type Check, check, type Finding, failed, passed, skipped, warning } from '../health/check.ts';
import { healthOf, type ProblemArea, problemsOf } from '../health/problems.ts';
import { durationInWords, sizeInWords } from '../message/in-words.ts';
import { freeSpace } from '../platform/files.ts';
import type { Certificates } from '../settings/certificates/certificates.ts';
import type { InForce } from './in-force.ts';

export interface OwnChecksDependencies {
  readonly dataFolder: string;
  readonly inForce: InForce;
  readonly now: () => number;
  /** When the oldest waiting message came; null when none waits. */
  readonly oldest: () => Promise<number | null>;
  readonly certificates: () => Certificates;
  readonly logFolders: () => readonly string[];
}

/** Mail that waits for longer is worth a look, or a person; milliseconds. */
const OLD = 15 * 60_000;
const VERY_OLD = 4 * 3_600_000;
const DAY = 86_400_000;

export class OwnChecks {
  readonly #deps: OwnChecksDependencies;

  constructor(deps: OwnChecksDependencies) {
    this.#deps = deps;
  }

  service(facts: RelayFacts): Check {
    const action = 'Do what the sentence says; Get-SmtpRelay shows when it is well again.';
    const since = `Version ${facts.version} runs since ${new Date(facts.startedAt).toISOString()}.`;
    return check('Service', null, found(facts, ['Service', 'Listener'], action) ?? passed(since));
  }

  certificates(facts: RelayFacts): Check {
    const action = 'Import-SmtpCertificate with a new one, or let certbot renew it.';
    const first = Math.min(...this.#deps.certificates().ends().values());
    const well = Number.isFinite(first)
      ? `The first certificate ends in ${Math.floor((first - this.#deps.now()) / DAY)} days.`
      : 'No certificate is in use.';
    return check('Certificate', null, found(facts, ['Certificate'], action) ?? passed(well));
  }

  async queue(facts: RelayFacts): Promise<Check> {
    return check('Queue', null, await this.#queue(facts));
  }

  async disk(facts: RelayFacts): Promise<Check> {
    return check('Disk', null, await this.#disk(facts));
  }

  async logs(facts: RelayFacts): Promise<Check> {
    return check('Logs', null, await this.#logs(facts));
  }

  async controlToken(): Promise<Check> {
    return check('ControlToken', null, await this.#controlToken());
  }

  async #queue({ queues, nextHopOf }: RelayFacts): Promise<Finding> {
    const waiting = queues.reduce((sum, { messages }) => sum + Math.max(0, messages), 0);
    const oldest = await this.#deps.oldest();
    const age = oldest === null ? 0 : this.#deps.now() - oldest;
    const troubles = queues
      .filter(queue => queue.messages > 0 && queue.lastError !== null)
      .map(queue => `${queue.messages} for ${nextHopOf(queue.hop)}: ${queue.lastError}`);
    const detail = [
      `${waiting} message(s) wait`,
      oldest === null ? '' : `, the oldest for ${durationInWords(age / 1000)}`,
      '. ',
      troubles.slice(0, 3).join(' | '),
    ];
    const text = detail.join('').trim();
    const action = 'Get-SmtpQueue | Format-List says why and what to do; Restart-SmtpQueue tries again.';
    if (age > VERY_OLD) return failed(text, action);
    return age > OLD ? warning(text, action) : passed(text);
  }

  async #disk(facts: RelayFacts): Promise<Finding> {
    const free = await freeSpace(this.#deps.dataFolder);
    const { minimumFreeSpace } = this.#deps.inForce.settings.general;
    const text = `${sizeInWords(free)} are free in ${this.#deps.dataFolder}`;
    const action =
      'Free space on that disk, or lower MinimumFreeSpace, BadMailMaxSize and what Set-SmtpLogging lets logs take.';
    const trouble = found(facts, ['Disk'], action);
    if (trouble) return { ...trouble, detail: `${trouble.detail} ${text}.` };
    if (free < 2 * minimumFreeSpace)
      return warning(`${text}; below ${sizeInWords(minimumFreeSpace)} mail is refused.`, action);
    return passed(`${text}.`);
  }

  async #logs(facts: RelayFacts): Promise<Finding> {
    const action = 'Give the account of the relay the right to write there, or free space.';
    const trouble = found(facts, ['Log'], action);
    if (trouble) return trouble;
    for (const folder of this.#deps.logFolders()) {
      try {
        await access(folder, constants.W_OK);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
          return failed(`${folder} can't be written: ${(error as Error).message}.`, action);
      }
    }
    return passed('All logs are written.');
  }

  async #controlToken(): Promise<Finding> {
    const path = join(this.#deps.dataFolder, 'control.token');
    if (process.platform === 'win32')
      return skipped(`The rights of ${path} come from the data folder: SYSTEM and Administrators.`);
    const { mode, uid } = await stat(path);
    const action = `Whoever can read it administers the relay: chmod 600 ${path}, then remove it and restart for a new one.`;
    if ((mode & 0o077) !== 0) return failed(`Others can read ${path} (mode ${(mode & 0o777).toString(8)}).`, action);
    if (uid !== process.getuid?.()) return warning(`${path} belongs to another account (uid ${uid}).`, action);
    return passed(`Only the account of the relay and administrators can read ${path}.`);
  }
}

/** What the relay says of itself about some things; null for nothing. */
function found(facts: RelayFacts, areas: readonly ProblemArea[], action: string): Finding | null {
  const problems = problemsOf(facts).filter(({ area }) => areas.includes(area));
  if (problems.length === 0) return null;
  const make = healthOf(problems) === 'Red' ? failed : warning;
  return make(problems.map(({ text }) => text).join(' '), action);
}
