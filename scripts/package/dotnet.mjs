/**
 * What of a Windows package is .NET: the host of the service, in one file, and the bridge with the part of
 * the .NET runtime that it uses, so that the computer needs no .NET of its own.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, sep } from 'node:path';

/** For debuggers, crash dumps and HTTP/3. */
const UNUSED =
  /^(?:createdump\.exe|mscordbi\.dll|mscordaccore.*\.dll|Microsoft\.DiaSymReader\..*|msquic\.dll|hostfxr\.dll|hostpolicy\.dll|.*\.pdb)$/;

/** @returns {{ service: Buffer, bridge: Map<string, Buffer>, version: string, notices: string }} */
export function dotnetFiles(root, { arch }) {
  const work = mkdtempSync(join(tmpdir(), 'smtp-relay-dotnet-'));
  try {
    const source = join(root, 'src', 'dotnet');
    const rid = `win-${arch}`;
    publish(join(source, 'service', 'SmtpRelay.csproj'), rid, join(work, 'service'));
    publish(join(source, 'SmtpRelay.Bridge.csproj'), rid, join(work, 'bridge'), [
      '--self-contained',
      '-p:UseAppHost=false',
      '-p:PublishTrimmed=true',
      '-p:TrimMode=partial',
      // The warnings are about edge-js, which finds types by name; what it needs is kept whole by this mode.
      '-p:SuppressTrimAnalysisWarnings=true',
      '-p:DebugType=none',
      `-p:EdgeSource=${join(root, 'node_modules', 'edge-js', 'src')}`,
    ]);
    const service = readFileSync(join(work, 'service', 'out', 'SmtpRelay.exe'));
    const bridge = new Map();
    let version = '';
    for (const name of readdirSync(join(work, 'bridge', 'out'))) {
      if (UNUSED.test(name)) continue;
      let content = readFileSync(join(work, 'bridge', 'out', name));
      if (name.endsWith('.runtimeconfig.json')) {
        const { runtimeOptions } = JSON.parse(content.toString('utf8'));
        version = runtimeOptions.includedFrameworks[0].version;
        // edge-js 26.1.0 aborts where it finds this key.
        delete runtimeOptions.includedFrameworks;
        content = Buffer.from(`${JSON.stringify({ runtimeOptions }, null, 2)}\n`);
      }
      bridge.set(name, content);
    }
    return { service, bridge, version, notices: noticesOf(rid, version) };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function publish(project, rid, folder, more = []) {
  const common = ['-c', 'Release', '-r', rid, '-o', join(folder, 'out'), '--nologo', '-v', 'quiet'];
  const places = [
    `-p:BaseIntermediateOutputPath=${join(folder, 'obj')}${sep}`,
    `-p:BaseOutputPath=${join(folder, 'bin')}${sep}`,
    // No path of this computer in what is built.
    `-p:PathMap=${folder}=/_/${rid}`,
    '-p:ContinuousIntegrationBuild=true',
  ];
  execFileSync('dotnet', ['publish', project, ...common, ...places, ...more], { stdio: ['ignore', 2, 2] });
}

/** The licence of the runtime lies in the package that it comes in. */
function noticesOf(rid, version) {
  const packages = process.env.NUGET_PACKAGES ?? join(homedir(), '.nuget', 'packages');
  const folder = join(packages, `microsoft.netcore.app.runtime.${rid}`, version);
  return ['LICENSE.TXT', 'THIRD-PARTY-NOTICES.TXT']
    .map(name => readFileSync(join(folder, name), 'utf8').trim())
    .join('\n\n');
}
