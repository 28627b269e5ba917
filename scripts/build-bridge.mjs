/**
 * `npm run bridge`: builds what NTLM, Kerberos and Windows accounts need into .tools/bridge: the DLL of
 * src/dotnet with edge-js's own C#, and on Linux and macOS edge-js's native part, for which Windows has
 * prebuilt files. Needs the .NET SDK 10, and a C++ compiler with make and Python where it is compiled.
 * It takes two minutes the first time and nothing when it is there already.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { has, nodePath, root, run } from './provision.mjs';

const FOLDER = join(root, '.tools', 'bridge');
const SOURCE = join(root, 'src', 'dotnet');
const EDGE = join(root, 'node_modules', 'edge-js');
const isCompiled = process.platform !== 'win32';

/** What the result is made of: another hash, another build. */
function fingerprint(node) {
  const hash = createHash('sha256');
  const version = spawnSync(node, ['-p', 'process.versions.modules + process.arch'], { encoding: 'utf8' }).stdout;
  hash.update(version + readFileSync(join(EDGE, 'package.json'), 'utf8'));
  hash.update(readFileSync(fileURLToPath(import.meta.url)));
  for (const name of readdirSync(SOURCE).sort()) {
    const path = join(SOURCE, name);
    if (/\.(cs|csproj)$/.test(name)) hash.update(readFileSync(path));
  }
  return hash.digest('hex');
}

/**
 * @returns null when the bridge is there, else a sentence that says what keeps it from being built
 * @throws when the build fails
 */
export function ensureBridge() {
  if (!existsSync(EDGE)) return 'the package edge-js is not installed';
  const node = nodePath();
  const wanted = fingerprint(node);
  const marker = join(FOLDER, 'built-from');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return null;
  const programs = ['dotnet', ...(isCompiled ? ['g++', 'make', 'python3'] : [])].filter(name => !has(name));
  if (programs.length > 0) return `it is built with ${programs.join(', ')}, not found here`;
  if (spawnSync('dotnet', ['--list-sdks'], { encoding: 'utf8' }).stdout?.match(/^10\./m) === null)
    return 'it is built with the .NET SDK 10, not found here';
  process.stderr.write('Building the .NET bridge ...\n');
  mkdirSync(dirname(FOLDER), { recursive: true });
  const work = mkdtempSync(`${FOLDER}-`);
  try {
    const result = join(work, 'result');
    const out = [
      '-c',
      'Release',
      '-o',
      result,
      '--nologo',
      '-v',
      'quiet',
      `-p:BaseIntermediateOutputPath=${join(work, 'obj')}${sep}`,
    ];
    run('dotnet', ['build', join(SOURCE, 'SmtpRelay.Bridge.csproj'), ...out], { stdio: ['ignore', 2, 'inherit'] });
    if (isCompiled) copyFileSync(compileNative(node), join(result, 'edge_coreclr.node'));
    copyFileSync(join(EDGE, 'LICENSE'), join(result, 'LICENSE.edge-js'));
    writeFileSync(join(result, 'built-from'), wanted);
    rmSync(FOLDER, { recursive: true, force: true });
    renameSync(result, FOLDER);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return null;
}

/** The target is named, so that edge-js's managed build, which downloads a compiler, is left out. */
function compileNative(node) {
  const home = dirname(dirname(node));
  // node-gyp comes with npm, which the Node of the packages has not.
  const npm = spawnSync('sh', ['-c', 'command -v npm'], { encoding: 'utf8' }).stdout.trim();
  const gyp = join(dirname(realpathSync(npm)), '..', 'node_modules', 'node-gyp', 'bin', 'node-gyp.js');
  const headers = existsSync(join(home, 'include', 'node', 'node.h')) ? [`--nodedir=${home}`] : [];
  // npm hands its own settings on, and a nodedir among them (Debian's names that of the system's Node)
  // would win over the one given here.
  const inherited = Object.entries(process.env).filter(([name]) => !/^npm_config_/i.test(name));
  const options = {
    cwd: EDGE,
    env: { ...Object.fromEntries(inherited), PATH: `${dirname(node)}${delimiter}${process.env.PATH}` },
    stdio: ['ignore', 'ignore', 'ignore'],
  };
  run(node, [gyp, 'configure', '--release', ...headers], options);
  run('make', ['-C', 'build', 'BUILDTYPE=Release', '-j2', 'edge_coreclr'], options);
  const native = join(EDGE, 'build', 'Release', 'edge_coreclr.node');
  // What was compiled for another Node is found out here, not by a client. (It also says that it has no .NET here.)
  const check = ['-e', 'process.dlopen({ exports: {} }, process.argv[1])', native];
  const { status, stderr } = spawnSync(node, check, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${native} can't be loaded: ${stderr}`);
  return native;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const why = ensureBridge();
    process.stderr.write(why === null ? 'The .NET bridge is ready.\n' : `The .NET bridge can't be built: ${why}.\n`);
    process.exit(why === null ? 0 : 1);
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
