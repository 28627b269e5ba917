/**
 * The PowerShell part of a package: the many files of powershell/ merged into one module file, and what
 * only installing needs into a second one. A read of one file takes a third of the time of seventy.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const scriptsOf = folder =>
  readdirSync(folder)
    .filter(name => name.endsWith('.ps1'))
    .sort()
    .map(name => readFileSync(join(folder, name), 'utf8').trim());

const LOADER = /^foreach \(\$folder in 'Private', 'Public'\) \{\n(?: {4}.*\n)+\}\n/m;

/** @returns {Map<string, Buffer>} by their name in the module folder */
export function moduleFiles(root) {
  const from = join(root, 'powershell');
  const loader = readFileSync(join(from, 'SmtpRelay.psm1'), 'utf8');
  if (!LOADER.test(loader)) throw new Error('powershell/SmtpRelay.psm1 has no loop that reads Private and Public.');
  const merged = [...scriptsOf(join(from, 'Private')), ...scriptsOf(join(from, 'Public'))].join('\n\n');
  const files = new Map();
  const add = (name, text) => files.set(name, Buffer.from(text, 'utf8'));
  add(
    'powershell/SmtpRelay.psm1',
    loader.replace(LOADER, () => `${merged}\n`),
  );
  add('powershell/Private/Service/Service.ps1', `${scriptsOf(join(from, 'Private', 'Service')).join('\n\n')}\n`);
  add('powershell/SmtpRelay.format.ps1xml', readFileSync(join(from, 'SmtpRelay.format.ps1xml'), 'utf8'));
  const tools = join(from, 'Tools');
  for (const name of existsSync(tools) ? readdirSync(tools) : [])
    add(`powershell/Tools/${name}`, readFileSync(join(tools, name), 'utf8'));
  // Get-Help looks beside the manifest.
  for (const name of readdirSync(join(from, 'en-US')))
    add(`en-US/${name}`, readFileSync(join(from, 'en-US', name), 'utf8'));
  add('SmtpRelay.psd1', readFileSync(join(root, 'SmtpRelay.psd1'), 'utf8'));
  for (const name of ['LICENSE', 'README.md']) add(name, readFileSync(join(root, name), 'utf8'));
  for (const name of readdirSync(join(root, 'schemas')))
    add(`schemas/${name}`, readFileSync(join(root, 'schemas', name), 'utf8'));
  const verify = join(root, 'scripts', 'verify-on-windows.ps1');
  if (existsSync(verify)) add('verify-on-windows.ps1', readFileSync(verify, 'utf8'));
  return files;
}
