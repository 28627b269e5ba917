/**
 * The program: reads the command line, runs the relay in the foreground, under supervision or only
 * prepares its data folder. Ends with 0 after a clean stop, 1 when it could not start or had to end,
 * 2 for a wrong command line; the last line on standard error says what, where and what to do.
 */
import { type CommandLine, HELP, parseCommandLine } from './command-line.ts';
import { type ProblemId, RelayProblem } from './contract/problems.ts';
import { READY, whenHostEnds } from './platform/service-host.ts';
import { startInBackground, supervise } from './platform/supervisor.ts';
import { openSystemLog } from './platform/system-log.ts';
import { Relay } from './relay.ts';
import { VERSION } from './version.ts';
import { configure, initialize } from './wiring/data-folder.ts';

async function main(): Promise<number> {
  // What this program writes is nobody else's business, also what libraries create.
  process.umask(0o077);
  const command = parseCommandLine(process.argv.slice(2));
  switch (command.action) {
    case 'help':
      process.stdout.write(HELP);
      return 0;
    case 'version':
      process.stdout.write(`${VERSION}\n`);
      return 0;
    case 'init':
      process.stdout.write(`${await initialize(command.dataFolder, command.wishes)}\n`);
      return 0;
    case 'background':
      await configure(command.dataFolder, command.wishes);
      return startInBackground(command.dataFolder);
    case 'supervise':
      return supervise(command.dataFolder);
    case 'run':
    case 'service':
      return run(command);
  }
}

/** Ids of the log of the system for a relay that can't start. */
const NOTICES: Partial<Record<ProblemId, number>> = {
  AddressInUse: 115,
  ListenFailed: 115,
  DataFolderUnusable: 429,
  StorageFailed: 429,
};

/** How long deliveries in flight may take when the program is told to end; milliseconds. */
const STOP_TIMEOUT = 20_000;

async function run({ action, dataFolder, wishes, quiet, patient }: CommandLine): Promise<number> {
  let relay: Relay | null = null;
  let asked = 0;
  const onSignal = () => {
    // A second Ctrl+C means now; what is in the spool is safe at any moment.
    if (++asked > 1) process.exit(1);
    process.stderr.write('Stopping. Press Ctrl+C again to stop at once; no mail is lost either way.\n');
    void relay?.stop(STOP_TIMEOUT);
  };
  // Before the start, so that there is no moment at which a signal would end the process hard.
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  const stop = () => {
    asked++;
    void relay?.stop(STOP_TIMEOUT);
  };
  if (action === 'service') whenHostEnds(stop);
  relay = await Relay.start({ dataFolder, wishes, console: true, patient });
  if (asked > 0) void relay.stop(STOP_TIMEOUT);
  if (action === 'service') process.stdout.write(READY);
  else if (!quiet) process.stdout.write(greeting(relay));
  await relay.stopped;
  return 0;
}

function greeting(relay: Relay): string {
  const { settings, dataFolder } = relay;
  const places = settings.listeners
    .filter(listener => listener.enabled)
    .flatMap(listener => listener.bindings.map(({ address, port }) => `${address}:${port}`));
  const routes = settings.connectors
    .filter(connector => connector.enabled)
    .map(connector =>
      connector.type === 'Direct'
        ? `MX hosts (${connector.name})`
        : `${connector.smartHosts.map(({ host, port }) => `${host}:${port}`).join(', ')} (${connector.name})`,
    );
  const allowed = settings.restriction.entries.map(entry => entry.entry).join(', ') || 'nobody';
  return [
    `SmtpRelay ${VERSION} is running. Ctrl+C stops it.`,
    `  SMTP      ${places.join(', ')}`,
    `  control   127.0.0.1:${settings.general.controlPort}`,
    `  relays    ${settings.restriction.mode === 'OnlyListed' ? 'for' : 'for EVERYBODY but'} ${allowed}`,
    `  sends to  ${routes.join(', ') || 'nowhere: no connector is enabled'}`,
    `  data      ${dataFolder}`,
    '',
    'Try next, in PowerShell ("dotnet pwsh" in this folder, or your own):',
    `  $env:SMTP_RELAY_DATA = '${dataFolder.replaceAll("'", "''")}'; Import-Module ./SmtpRelay.psd1`,
    '  Get-SmtpRelay',
    '  Send-SmtpTestMessage -To you@example.com -Wait',
    '',
  ].join('\n');
}

process.exitCode = await main().catch((error: unknown) => {
  if (error instanceof RelayProblem) {
    const id = NOTICES[error.id];
    if (id) openSystemLog()({ id, level: 'error', text: `${error.message} ${error.action}` });
    process.stderr.write(`SmtpRelay: ${error.message} ${error.action}\n`);
    return error.id === 'UsageError' ? 2 : 1;
  }
  process.stderr.write(`SmtpRelay: ${(error as Error).stack ?? error}\n`);
  return 1;
});
// Whatever might still hold the process (a socket of a peer that does not hang up) is not worth waiting for.
if (process.exitCode !== undefined) process.exit();
