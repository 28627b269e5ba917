/**
 * `npm run package [-- win-x64 win-arm64 linux-x64 linux-arm64] [--out folder]`: makes the packages that
 * administrators install, without a network on their side. win-*: SmtpRelay-VERSION-TARGET.zip with the module
 * folder, and for x64 the same as a NuGet package; linux-*: a tarball with the systemd unit beside it. The same
 * commit makes the same bytes. Without names: win-x64 and linux of this machine's processor.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { nodePath, root } from '../provision.mjs';
import { dotnetFiles } from './dotnet.mjs';
import { moduleFiles } from './module.mjs';
import { billOfMaterials, noticesText } from './notices.mjs';
import { licenceTextOf, nodeOf, packageFiles, productionPackages } from './npm.mjs';
import { nugetFiles } from './nuget.mjs';
import { writeZip } from './zip.mjs';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { out: { type: 'string' } } });
const out = resolve(values.out ?? join(root, '.tools', 'packages'));
const targets = positionals.length > 0 ? positionals : ['win-x64', `linux-${process.arch}`];
const { version, nodeFlags, nodeEnvironment, description } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
);
const modified = Number(
  process.env.SOURCE_DATE_EPOCH ||
    spawnSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' }).stdout ||
    315532800,
);
const sha256 = content => createHash('sha256').update(content).digest('hex');

/** The engine as JavaScript. */
function engineFiles() {
  const folder = mkdtempSync(join(tmpdir(), 'smtp-relay-dist-'));
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  try {
    execFileSync(
      nodePath(),
      [compiler, '-p', join(root, 'tsconfig.build.json'), '--outDir', folder, '--sourceMap', 'false'],
      { stdio: ['ignore', 2, 2] },
    );
    const files = new Map();
    for (const name of readdirSync(folder, { recursive: true }))
      if (name.endsWith('.js')) files.set(`dist/${name.replaceAll('\\', '/')}`, readFileSync(join(folder, name)));
    return files;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Everything of a module folder, and how many bytes of it are what. */
function contentOf(target) {
  const [platform, arch] = target.split('-');
  if (!['win', 'linux'].includes(platform) || !['x64', 'arm64'].includes(arch))
    throw new Error(`${target} is no target: win-x64, win-arm64, linux-x64 or linux-arm64.`);
  const packages = productionPackages(root);
  const facts = {
    name: 'smtp-relay',
    version,
    private: true,
    type: 'module',
    license: 'MIT',
    nodeFlags,
    nodeEnvironment,
  };
  const files = new Map([
    ...moduleFiles(root),
    ...engineFiles(),
    ...packageFiles(root, packages, { platform, arch }),
    ['package.json', Buffer.from(`${JSON.stringify(facts, null, 2)}\n`)],
  ]);
  const notices = packages.map(entry => ({
    title: `${entry.name} ${entry.version} (${entry.license})`,
    text: licenceTextOf(root, entry),
  }));
  const components = packages.map(entry => ({
    type: 'library',
    ...entry,
    purl: `pkg:npm/${entry.name.replace('@', '%40')}@${entry.version}`,
  }));
  const node = nodeOf(root, { platform, arch });
  if (node) {
    files.set(platform === 'win' ? 'node.exe' : 'bin/node', node.file);
    notices.push({ title: `Node.js ${node.version} (MIT and others)`, text: node.licence });
    components.push({
      type: 'application',
      name: 'Node.js',
      version: node.version,
      license: 'MIT',
      purl: `pkg:npm/${node.name}@${node.version}`,
      integrity: node.integrity,
    });
  }
  if (platform === 'win') {
    const dotnet = dotnetFiles(root, { arch });
    files.set('SmtpRelay.exe', dotnet.service);
    for (const [name, content] of dotnet.bridge) files.set(`bridge/${name}`, content);
    notices.push({ title: `.NET runtime ${dotnet.version} (MIT)`, text: dotnet.notices });
    components.push({
      type: 'framework',
      name: '.NET runtime',
      version: dotnet.version,
      license: 'MIT',
      purl: `pkg:nuget/Microsoft.NETCore.App.Runtime.${target}@${dotnet.version}`,
    });
  } else {
    const bridge = join(root, '.tools', 'bridge');
    if (arch === process.arch && existsSync(join(bridge, 'edge_coreclr.node')))
      for (const name of readdirSync(bridge))
        if (!/\.pdb$|^built-from$/.test(name)) files.set(`bridge/${name}`, readFileSync(join(bridge, name)));
  }
  if (platform === 'linux') files.set('smtp-relay.service', unitText());
  files.set('THIRD-PARTY-NOTICES.txt', Buffer.from(noticesText(notices)));
  files.set('sbom.cdx.json', Buffer.from(billOfMaterials({ version, target, modified, components })));
  const sums = [...files]
    .map(([name, content]) => `${sha256(content)}  ${name}`)
    .sort((a, b) => (a.slice(66) < b.slice(66) ? -1 : 1));
  // What Update-SmtpRelay checks before it takes anything.
  files.set('files.sha256', Buffer.from(`${sums.join('\n')}\n`));
  return files;
}

/** The unit as Install-SmtpRelay writes it, for who installs by hand. */
function unitText() {
  const script = `Import-Module ${root}/SmtpRelay.psd1; & (Get-Module SmtpRelay) { . ReadServiceCode; GetSystemdUnitText -Node /opt/SmtpRelay/bin/node -Entry /opt/SmtpRelay/dist/main.js -DataPath /var/lib/smtp-relay -User smtp-relay }`;
  return execFileSync('dotnet', ['pwsh', '-NoProfile', '-NonInteractive', '-Command', script], { cwd: root });
}

function writeTar(path, files) {
  const folder = mkdtempSync(join(tmpdir(), 'smtp-relay-tar-'));
  try {
    for (const [name, content] of files) {
      const file = join(folder, 'SmtpRelay', name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content, { mode: 0o644 });
      if (name === 'bin/node') chmodSync(file, 0o755);
    }
    const tar = ['--sort=name', `--mtime=@${modified}`, '--owner=0', '--group=0', '--numeric-owner', '--mode=go=u-w'];
    const plain = execFileSync('tar', [...tar, '-cf', '-', '-C', folder, 'SmtpRelay'], { maxBuffer: 2 ** 30 });
    writeFileSync(path, execFileSync('gzip', ['-9n'], { input: plain, maxBuffer: 2 ** 30 }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const megabytes = bytes => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

function report(target, files, made) {
  const parts = new Map();
  for (const [name, content] of files) {
    const part = name.includes('/') ? `${name.slice(0, name.indexOf('/'))}/` : name;
    parts.set(part, (parts.get(part) ?? 0) + content.length);
  }
  const total = [...parts.values()].reduce((sum, size) => sum + size, 0);
  process.stdout.write(`${target}: ${files.size} files, ${megabytes(total)} unpacked\n`);
  for (const [part, size] of [...parts].sort((a, b) => b[1] - a[1]).slice(0, 6))
    process.stdout.write(`  ${megabytes(size).padStart(10)}  ${part}\n`);
  for (const path of made) process.stdout.write(`  ${megabytes(readFileSync(path).length).padStart(10)}  ${path}\n`);
}

mkdirSync(out, { recursive: true });
const made = [];
for (const target of targets) {
  const files = contentOf(target);
  const name = `SmtpRelay-${version}-${target}`;
  const results = [];
  if (target.startsWith('win')) {
    const zip = join(out, `${name}.zip`);
    writeZip(zip, new Map([...files].map(([file, content]) => [`SmtpRelay/${file}`, content])), modified);
    results.push(zip);
    if (target === 'win-x64') {
      const tags = ['SMTP', 'Mail', 'Relay', 'PSEdition_Desktop', 'PSEdition_Core', 'Windows', 'Linux'];
      const nuget = join(out, `SmtpRelay.${version}.nupkg`);
      writeZip(nuget, nugetFiles(files, { version, description, tags }), modified);
      results.push(nuget);
    }
  } else {
    const tarball = join(out, `${name}.tar.gz`);
    writeTar(tarball, files);
    results.push(tarball);
  }
  report(target, files, results);
  made.push(...results);
}
const sums = made.map(path => `${sha256(readFileSync(path))}  ${path.slice(out.length + 1)}\n`).join('');
writeFileSync(join(out, 'SHA256SUMS'), sums);
process.stdout.write(sums);
