/** PowerShell 7 for Windows out of NuGet packages, laid out as an installation of .NET would have it. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../provision.mjs';

const RUNTIME = '10.0.12';
const POWERSHELL = '7.6.9';
const project = join(dirname(fileURLToPath(import.meta.url)), 'windows-powershell.csproj');

/** Makes FOLDER/dotroot and FOLDER/pwsh. */
export function layOutPowerShell(folder) {
  const packages = process.env.NUGET_PACKAGES ?? join(homedir(), '.nuget', 'packages');
  const packs = ['netcore', 'windowsdesktop'].map(name =>
    join(packages, `microsoft.${name}.app.runtime.win-x64`, RUNTIME, 'runtimes', 'win-x64'),
  );
  const shell = join(packages, 'powershell', POWERSHELL, 'tools', 'net10.0', 'any', 'win');
  if (![...packs, shell].every(existsSync)) {
    const obj = join(folder, 'obj');
    run('dotnet', ['restore', project, `-p:BaseIntermediateOutputPath=${obj}/`, '-v', 'quiet'], {
      stdio: ['ignore', 2, 2],
    });
    rmSync(obj, { recursive: true, force: true });
  }
  const names = ['Microsoft.NETCore.App', 'Microsoft.WindowsDesktop.App'];
  packs.forEach((pack, i) => {
    const shared = join(folder, 'dotroot', 'shared', names[i], RUNTIME);
    mkdirSync(shared, { recursive: true });
    for (const part of ['native', join('lib', 'net10.0')])
      for (const name of existsSync(join(pack, part)) ? readdirSync(join(pack, part), { withFileTypes: true }) : [])
        if (name.isFile()) copyFileSync(join(pack, part, name.name), join(shared, name.name));
  });
  const host = join(folder, 'dotroot', 'host', 'fxr', RUNTIME);
  mkdirSync(host, { recursive: true });
  copyFileSync(join(packs[0], 'native', 'hostfxr.dll'), join(host, 'hostfxr.dll'));
  cpSync(shell, join(folder, 'pwsh'), { recursive: true });
}

export const hasDotnet = () => spawnSync('dotnet', ['--version']).status === 0;
