/**
 * The command line of the engine. Options that say how the relay should be configured are used to
 * make a new configuration, or recorded as a change of the existing one.
 */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { RelayProblem } from './contract/problems.ts';
import { parseNetwork } from './message/network.ts';

export interface CommandLine {
  readonly action: 'run' | 'service' | 'init' | 'background' | 'supervise' | 'help' | 'version';
  readonly dataFolder: string;
  readonly wishes: Wishes;
  /** Restart of a supervised relay: its wishes were recorded the first time. */
  readonly quiet: boolean;
  /** Starts also while a listener can't be opened (at boot an address may come later), and tries it again. */
  readonly patient: boolean;
}

/** What the command line asks of the settings. */
export interface Wishes {
  readonly port: number | null;
  readonly submissionPort: number | null;
  readonly controlPort: number | null;
  readonly smartHost: { readonly host: string; readonly port: number } | null;
  readonly relayNetworks: readonly string[];
}

export const HELP = `Usage: smtp-relay [options]

  --data <folder>            data folder (default: SMTP_RELAY_DATA, or the system's place for it)
  --port <number>            SMTP port of the listener "Default"
  --submission-port <number> port of a listener "Submission" for clients that log in, under TLS
  --smart-host <host[:port]> send everything to this host instead of looking up MX records
  --relay-network <list>     networks that may relay, beside this computer (10.0.0.0/8,192.0.2.5)
  --control-port <number>    port of the control interface on 127.0.0.1 (default 8025)
  --init                     make the data folder and its configuration, then end
  --background               start a supervised background process, then end
  --service                  run below a service host: stops when its standard input ends; implies --patient
  --patient                  start although a listener can't be opened yet, and try it again until it can
  --help, --version

Options about the configuration are kept: they make the new configuration, or change the existing one.
`;

const OPTIONS = {
  data: { type: 'string' },
  port: { type: 'string' },
  'submission-port': { type: 'string' },
  'control-port': { type: 'string' },
  'smart-host': { type: 'string' },
  'relay-network': { type: 'string', multiple: true },
  init: { type: 'boolean' },
  background: { type: 'boolean' },
  service: { type: 'boolean' },
  patient: { type: 'boolean' },
  supervise: { type: 'boolean' },
  quiet: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const;

/** @throws RelayProblem UsageError. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  let values: ReturnType<typeof parse>;
  try {
    values = parse(args);
  } catch (error) {
    throw new RelayProblem('UsageError', `${(error as Error).message}`, [], { cause: error });
  }
  const actions = (['help', 'version', 'init', 'background', 'supervise', 'service'] as const).filter(
    action => values[action],
  );
  if (actions.length > 1 && !actions.includes('help'))
    throw new RelayProblem('UsageError', `Use one of --${actions.join(' and --')}, not both.`);
  return {
    action: actions[0] ?? 'run',
    dataFolder: resolve(values.data ?? defaultDataFolder()),
    quiet: values.quiet ?? false,
    patient: (values.patient || values.service) ?? false,
    wishes: {
      port: portOf('--port', values.port),
      submissionPort: portOf('--submission-port', values['submission-port']),
      controlPort: portOf('--control-port', values['control-port']),
      smartHost: hostAndPort(values['smart-host']),
      relayNetworks: (values['relay-network'] ?? []).flatMap(networksOf),
    },
  };
}

const parse = (args: readonly string[]) =>
  parseArgs({ args: [...args], options: OPTIONS, strict: true, allowPositionals: false }).values;

function portOf(option: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65535)
    throw new RelayProblem('UsageError', `${option} ${text}: a port is a number from 1 to 65535.`);
  return port;
}

function hostAndPort(text: string | undefined): Wishes['smartHost'] {
  if (text === undefined) return null;
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]\s]+))(?::(\d{1,5}))?$/i.exec(text);
  if (!match) throw new RelayProblem('UsageError', `--smart-host ${text}: write host, host:port or [IPv6]:port.`);
  return { host: (match[1] ?? match[2])!, port: portOf('--smart-host port', match[3]) ?? 25 };
}

function networksOf(text: string): string[] {
  return text.split(',').map(part => {
    const network = parseNetwork(part.trim());
    if ('error' in network) throw new RelayProblem('UsageError', `--relay-network ${text}: ${network.error}`);
    return network.text;
  });
}

/** Where the data lies when nobody says otherwise; PowerShell looks in the same places. */
function defaultDataFolder(): string {
  if (process.env.SMTP_RELAY_DATA) return process.env.SMTP_RELAY_DATA;
  if (process.platform === 'win32') return join(process.env.ProgramData ?? 'C:\\ProgramData', 'SmtpRelay');
  return process.getuid?.() === 0 ? '/var/lib/smtp-relay' : join(homedir(), '.local/state/smtp-relay');
}
