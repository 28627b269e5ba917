/**
 * The walls of the house: which room may import which, where each carrier package lives, and that no
 * circle of imports exists. The list below is the drawing of docs/architecture.md as data.
 */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const source = join(dirname(fileURLToPath(import.meta.url)), '..', 'src');

/** Room -> rooms it may import from, beside itself. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  message: [],
  contract: ['message'],
  platform: ['message/ip.ts'],
  policy: ['message'],
  log: ['message', 'platform/call-thread.ts'],
  settings: ['contract', 'message', 'platform'],
  route: ['message', 'platform'],
  spool: ['message', 'platform'],
  // Tokens; knows nothing of mail.
  oauth: ['platform/fetch-trouble.ts'],
  // Asks the same of mail as connectors do.
  rewrite: ['message', 'route/conditions.ts'],
  // For servers that take only ASCII.
  mime: ['message', 'rewrite/header-edit.ts', 'rewrite/mailboxes.ts'],
  // Signs what is ready; keys are handed in.
  dkim: ['message'],
  // MTA-STS: policies of domains, and what they leave of the targets.
  sts: ['platform', 'route/next-hop.ts'],
  // TLSA records: what they demand of mail hosts.
  dane: ['platform', 'route/next-hop.ts'],
  deliver: ['message', 'platform', 'route', 'dane/tlsa.ts', 'contract/reply-catalogue.ts'],
  // Tells people what is wrong.
  alert: ['message', 'platform', 'log/events.ts', 'log/notices.ts', 'contract/reply-catalogue.ts'],
  // Reads the tracking log and makes a page of it.
  report: ['message', 'log', 'platform/call-thread.ts', 'contract/reply-catalogue.ts'],
  // Probes of the world outside, and the judgement of what the relay knows of itself; wiring/ joins them.
  health: ['message', 'platform', 'sts', 'dkim/record.ts', 'deliver/test/probe.ts'],
  bounce: ['message', 'platform', 'spool', 'contract/reply-catalogue.ts', 'log/events.ts'],
  scheduler: ['message', 'platform', 'spool', 'route', 'log/events.ts'],
  listener: [
    'message',
    'policy',
    'spool',
    'contract',
    'platform/windows-bridge.ts',
    'platform/reverse-names.ts',
    'platform/tls-facts.ts',
    'log/events.ts',
  ],
  pickup: ['message', 'platform', 'spool', 'listener/intake.ts', 'log/events.ts'],
  'bad-mail': ['message', 'pickup'],
  // Reads what IIS left behind and plans settings from it; applies nothing itself.
  iis: ['message', 'settings/settings.ts'],
  control: [
    'bad-mail',
    'contract',
    'dkim',
    'health/problems.ts',
    'iis',
    'message',
    'platform',
    'policy',
    'settings',
    'spool',
    'scheduler',
    'route',
    'log',
    'listener/listeners.ts',
    'listener/listener-test.ts',
    'listener/open-session.ts',
    'pickup',
  ],
  // Joins rooms for relay.ts: it knows them as relay.ts does, and only files at the top know it.
  wiring: [
    'alert',
    'bad-mail',
    'contract',
    'control',
    'dane',
    'deliver',
    'dkim',
    'health',
    'listener',
    'log',
    'message',
    'mime',
    'oauth',
    'pickup',
    'platform',
    'policy',
    'report',
    'rewrite',
    'route',
    'scheduler',
    'settings',
    'spool',
    'sts',
    'version.ts',
  ],
};

/** Files at the top: they build the house and may use every room, but no room may use them. */
const TOP = ['main.ts', 'relay.ts', 'command-line.ts', 'version.ts', 'read-log.ts'];

const HOME: Record<string, string> = {
  'smtp-server': 'listener',
  nodemailer: 'deliver',
  jose: 'oauth',
  'prom-client': 'control',
  ajv: 'contract',
  'ajv-formats': 'contract',
  winston: 'log',
  'winston-transport': 'log',
  saxes: 'iis',
  'dns-packet': 'platform/dns-exchange.ts',
  'edge-js': 'platform/windows.ts',
  selfsigned: 'settings',
  'node-forge': 'settings',
};

interface Import {
  readonly from: string;
  readonly target: string;
}

const IMPORT = /^\s*(?:import|export)\s(?:[^'"]*?\sfrom\s)?['"]([^'"]+)['"]/gm;
const portable = (path: string) => path.split(sep).join('/');
const files = globSync('**/*.ts', { cwd: source }).map(portable).sort();
const importsOf = (file: string): Import[] =>
  [...readFileSync(join(source, file), 'utf8').matchAll(IMPORT)].map(match => ({
    from: file,
    target: match[1]!.startsWith('.')
      ? portable(relative(source, resolve(source, dirname(file), match[1]!)))
      : match[1]!,
  }));
const imports = files.flatMap(importsOf);
const inner = imports.filter(({ target }) => target.endsWith('.ts'));
const roomOf = (path: string) => (path.includes('/') ? path.slice(0, path.indexOf('/')) : '');

test('the walls are checked on real files and real imports', () => {
  assert.ok(files.length > 60, `only ${files.length} files found`);
  assert.ok(inner.length > 150, `only ${inner.length} imports found`);
  for (const room of Object.keys(MAY_IMPORT))
    assert.ok(
      files.some(file => roomOf(file) === room),
      `room ${room} has no file`,
    );
});

test('every file is in a room that the drawing knows, or at the top', () => {
  const strangers = files.filter(file => (roomOf(file) === '' ? !TOP.includes(file) : !(roomOf(file) in MAY_IMPORT)));
  assert.deepEqual(strangers, []);
});

test('rooms import only what the drawing allows', () => {
  const forbidden = inner.filter(({ from, target }) => {
    const [room, other] = [roomOf(from), roomOf(target)];
    if (room === '' || room === other) return false;
    return !MAY_IMPORT[room]!.some(allowed => allowed === other || allowed === target);
  });
  assert.deepEqual(forbidden, []);
});

test('each carrier package has one home', () => {
  const packages = imports.filter(({ target }) => !target.endsWith('.ts') && !target.startsWith('node:'));
  const nameOf = (target: string) =>
    target
      .split('/')
      .slice(0, target.startsWith('@') ? 2 : 1)
      .join('/');
  const abroad = packages.filter(({ from, target }) => {
    const home = HOME[nameOf(target)];
    return home === undefined || (from !== home && !from.startsWith(`${home}/`));
  });
  assert.ok(packages.length > 5);
  assert.deepEqual(abroad, []);
});

test('no circle of imports exists', () => {
  const graph = new Map(
    files.map(file => [file, inner.filter(({ from }) => from === file).map(({ target }) => target)]),
  );
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    assert.ok(!path.includes(file), `circle: ${[...path.slice(path.indexOf(file)), file].join(' -> ')}`);
    if (done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
});
