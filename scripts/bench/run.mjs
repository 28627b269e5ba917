/**
 * `npm run bench`: what the relay and its cmdlets do on this machine. Prints, never judges: nothing
 * here is a test.
 *   npm run bench -- flood     messages through the relay, connection per message and reused
 *   npm run bench -- relay     the relay against Postfix, in turns (Linux, root; 10 minutes); options behind it
 *   npm run bench -- cmdlets   Import-Module, Get-SmtpQueue
 *   npm run bench -- logons    a good client while 50 addresses guess passwords
 *   npm run bench -- queue     a million messages for a dead next hop (10 minutes, 4 GB of disk)
 */
import { join } from 'node:path';
import { ensurePackages, ensurePowerShell, nodePath, run } from '../provision.mjs';

const wanted = process.argv.slice(2);
const asked = name => wanted.length === 0 || wanted.includes(name);
ensurePackages({ development: true });

if (asked('flood')) {
  const flood = (...args) =>
    run(nodePath(), ['--disable-warning=ExperimentalWarning', join('scripts', 'flood', 'flood.ts'), ...args], {
      env: { UV_THREADPOOL_SIZE: '16', ...process.env },
    });
  process.stdout.write('\n== 5000 messages of 4 KiB, 20 sessions, a connection per message\n');
  flood('--messages', '5000', '--per-session', '1');
  process.stdout.write('\n== 5000 messages of 4 KiB, 20 sessions, connections reused\n');
  flood('--messages', '5000', '--per-session', '1000');
}
if (asked('logons')) {
  process.stdout.write('\n== failed log-ons\n');
  run(nodePath(), ['--disable-warning=ExperimentalWarning', join('scripts', 'bench', 'logons', 'logons.ts')]);
}
// Only when they are asked for: they take long.
if (wanted.includes('relay')) {
  const options = wanted.slice(wanted.indexOf('relay') + 1);
  run(nodePath(), ['--disable-warning=ExperimentalWarning', join('scripts', 'bench', 'relay', 'relay.ts'), ...options]);
}
if (wanted.includes('queue')) {
  process.stdout.write('\n== a long queue\n');
  ensurePowerShell();
  run(nodePath(), ['--disable-warning=ExperimentalWarning', join('scripts', 'bench', 'queue', 'queue.ts')]);
}
if (asked('cmdlets')) {
  const pwsh = ensurePowerShell();
  if (pwsh) run(pwsh[0], [...pwsh.slice(1), '-NoProfile', '-File', join('scripts', 'bench', 'cmdlets.ps1')]);
}
