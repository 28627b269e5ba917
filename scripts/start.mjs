/**
 * `npm start [-- options]`: installs what is missing and runs the relay in the foreground, with its
 * data in `data/` of this folder unless --data or SMTP_RELAY_DATA says otherwise.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBridge } from './build-bridge.mjs';
import { ensurePackages, ensurePowerShell, nodePath, root } from './provision.mjs';

const { nodeFlags, nodeEnvironment } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Whether a listener wants what needs .NET. */
function asksForBridge(data) {
  const path = data && join(data, 'settings.json');
  return path && existsSync(path) && /"(NTLM|GSSAPI)"|"windowsAccounts":\s*true/.test(readFileSync(path, 'utf8'));
}

/** --data folder, --data=folder */
function named(options) {
  const at = options.findIndex(option => /^--data(=|$)/.test(option));
  if (at === -1) return undefined;
  return options[at].startsWith('--data=') ? options[at].slice('--data='.length) : options[at + 1];
}

try {
  if (ensurePackages({ development: false })) {
    // PowerShell too, the first time: it is what the relay is administered with. It runs without.
    try {
      ensurePowerShell();
    } catch (error) {
      process.stderr.write(`PowerShell could not be installed (${error.message}); the relay starts without it.\n`);
    }
  }
  const given = process.argv.slice(2);
  const place =
    given.some(option => /^--(data|help|version)\b/.test(option)) || process.env.SMTP_RELAY_DATA
      ? []
      : ['--data', join(root, 'data')];
  if (asksForBridge(place[1] ?? named(given) ?? process.env.SMTP_RELAY_DATA)) {
    const why = ensureBridge();
    if (why) process.stderr.write(`NTLM, GSSAPI and Windows accounts are left out: ${why}.\n`);
  }
  const child = spawn(nodePath(), [...nodeFlags, join(root, 'src', 'main.ts'), ...place, ...given], {
    stdio: 'inherit',
    env: { ...nodeEnvironment, ...process.env },
  });
  // Ctrl+C reaches the relay itself; this process only waits for it.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 0 : 1)));
} catch (error) {
  process.stderr.write(`SmtpRelay: ${error.message}\n`);
  process.exit(1);
}
