/**
 * The one ajv of the product, with the two schemas of `schemas/` and our formats. A validator fills
 * in defaults and finds every problem of a value, not just the first; a problem names its path, its
 * value and what is allowed. Unknown names get a suggestion.
 */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 as Ajv, type ErrorObject } from 'ajv/dist/2020.js';
import addFormatsModule from 'ajv-formats';
import { parseMailbox } from '../message/address.ts';
import { parseAddressSpace } from '../message/address-space.ts';
import { isHostName } from '../message/host-name.ts';
import { parseNetwork } from '../message/network.ts';
import type { ProblemDetail } from './problems.ts';

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'schemas');

const readSchema = (name: string) => JSON.parse(readFileSync(join(folder, `${name}.schema.json`), 'utf8'));

export const relaySchema = readSchema('relay');
export const controlSchema = readSchema('control');

/** Secrets and mail go there: encrypted, or to this computer. */
export function isServiceUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password, hash } = new URL(text);
  if (username !== '' || password !== '' || hash !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && /^(127(\.\d+){3}|\[::1\]|localhost)$/.test(hostname));
}

const MAIL_ADDRESS = { says: 'must be a mail address', test: (text: string) => parseMailbox(text) !== null };

const SERVICE_URL = {
  says: 'must be an address that begins with https:// (http:// only to this computer)',
  test: isServiceUrl,
};

/** What node:dns takes without throwing, and nothing that it reads in another way than one would. */
function isDnsServer(text: string): boolean {
  if (isIP(text) !== 0) return true;
  const parts = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const port = Number(parts?.[3]);
  return (
    parts !== null && isIP(parts[1] ?? parts[2]!) === (parts[1] === undefined ? 4 : 6) && port >= 1 && port <= 65535
  );
}

const FORMATS: Record<string, { readonly says: string; readonly test: (text: string) => boolean }> = {
  ip: { says: 'must be an IPv4 or IPv6 address', test: text => isIP(text) !== 0 },
  'ip-range': {
    says: 'must be an IPv4 or IPv6 address, a network such as 10.0.0.0/8, or a range such as 10.0.0.1-10.0.0.9',
    test: text => !('error' in parseNetwork(text)),
  },
  'hostname-or-null': { says: 'must be a host name such as relay.example.com', test: isHostName },
  'mail-host': { says: 'must be a host name or an IP address', test: text => isHostName(text) || isIP(text) !== 0 },
  'mail-address': MAIL_ADDRESS,
  'mail-address-or-null': MAIL_ADDRESS,
  'folder-or-null': { says: 'must be the full path of a folder', test: isAbsolute },
  'drop-folder-or-null': {
    says: 'must be the full path of a folder, or Default',
    test: text => isAbsolute(text) || text.toLowerCase() === 'default',
  },
  'certificate-name': {
    says: 'must be a host name such as relay.example.com, *.example.com, or an IP address',
    test: text => isHostName(text.replace(/^\*\./, '')) || isIP(text) !== 0,
  },
  'service-url': SERVICE_URL,
  'service-url-or-null': SERVICE_URL,
  'file-or-null': { says: 'must be the full path of a file', test: isAbsolute },
  'sender-pattern': {
    says: 'must be a mail address; wildcards are allowed, such as *@example.com',
    test: text => /^[^\s<>(),;:"@]+@[^\s<>(),;"@]+$/.test(text),
  },
  'sender-condition': {
    says: 'must be a mail address, wildcards allowed, such as *@example.com; or <> for the null sender',
    test: text => text === '<>' || /^[^\s<>(),;:"@]+@[^\s<>(),;"@]+$/.test(text),
  },
  'address-pattern': {
    says: 'must be a mail address; wildcards are allowed, such as * or *@example.com',
    test: text => /^(\*|[^\s<>(),;:"@]+@[^\s<>(),;"@]+)$/.test(text),
  },
  'new-address-or-null': {
    says: 'must be a mail address, or one with * such as *@example.com',
    test: text => !text.includes('?') && parseMailbox(text.replaceAll('*', 'x')) !== null && text.includes('@'),
  },
  'dkim-domain': {
    says: 'must be a name of DNS in ASCII such as example.com',
    test: text => text.length <= 253 && isHostName(text),
  },
  'address-space': { says: 'must be *, example.com or *.example.com', test: text => parseAddressSpace(text) !== null },
  'dns-server': {
    says: 'must be an IP address, or address:port ([address]:port for IPv6)',
    test: isDnsServer,
  },
  'date-time-or-null': {
    says: 'must be a time such as 2026-01-31T12:00:00Z',
    test: text => !Number.isNaN(Date.parse(text)),
  },
};

// The package is CommonJS; its types and Node disagree about where the function is.
const addFormats = ((addFormatsModule as { default?: unknown }).default ?? addFormatsModule) as (
  ajv: unknown,
  formats: string[],
) => void;

function createAjv() {
  const ajv = new Ajv({
    allErrors: true,
    useDefaults: true,
    strict: true,
    strictTypes: false,
    strictRequired: false,
    verbose: true,
  });
  addFormats(ajv, ['date-time']);
  for (const [name, format] of Object.entries(FORMATS)) ajv.addFormat(name, { type: 'string', validate: format.test });
  ajv.addVocabulary(['unit', 'version']);
  ajv.addSchema(relaySchema);
  for (const [place, schema] of partsOf(controlSchema)) ajv.addSchema(schema, place);
  return ajv;
}

/**
 * What is asked for of the contract, each under the place where it stands. As one document ajv would make all of it
 * ready at the first question, and mail would wait for seconds.
 */
function* partsOf({ $id, $defs, properties }: typeof controlSchema): Generator<[place: string, schema: object]> {
  for (const [name, schema] of Object.entries($defs)) yield [`${$id}#/$defs/${name}`, schema as object];
  for (const [method, schema] of Object.entries(properties as Record<string, { readonly properties: object }>))
    for (const [part, inner] of Object.entries(schema.properties))
      yield [`${$id}#/properties/${method}/properties/${part}`, inner];
}

const ajv = createAjv();

export type Validator = (value: unknown) => readonly ProblemDetail[];

/**
 * A validator for a place in a schema, `relay.schema.json` or `control.schema.json#/properties/...`.
 * It adds defaults to the value it is given; an empty list means valid.
 * @throws when there is no such place.
 */
export function validatorFor(reference: string): Validator {
  const validate = ajv.getSchema(reference);
  if (!validate) throw new Error(`No schema at ${reference}.`);
  return value => (validate(value) ? [] : (validate.errors ?? []).filter(isTelling).map(toDetail));
}

// `oneOf`/`anyOf`/`if` only repeat what their parts said.
const isTelling = (error: ErrorObject) => !['anyOf', 'oneOf', 'if'].includes(error.keyword);

function toDetail(error: ErrorObject): ProblemDetail {
  const at = pathOf(error.instancePath);
  if (error.keyword === 'additionalProperties') {
    const name = String(error.params.additionalProperty);
    const known = Object.keys((error.parentSchema as { properties?: object } | undefined)?.properties ?? {});
    return { path: join2(at, name), message: `there is no such setting${suggest(name, known)}` };
  }
  if (error.keyword === 'required') {
    return { path: join2(at, String(error.params.missingProperty)), message: 'is required' };
  }
  return { path: at, value: hideSecret(at, error.data), message: sentence(error) };
}

function sentence(error: ErrorObject): string {
  const schema = (error.parentSchema ?? {}) as { minimum?: number; maximum?: number; description?: string };
  switch (error.keyword) {
    case 'format':
      return FORMATS[String(error.params.format)]?.says ?? String(error.message);
    case 'enum':
      return `must be one of ${(error.params.allowedValues as unknown[]).join(', ')}`;
    case 'minimum':
    case 'maximum':
      return `must be between ${schema.minimum} and ${schema.maximum}`;
    case 'pattern':
      return schema.description === undefined ? String(error.message) : `is not allowed here: ${schema.description}`;
    default:
      return String(error.message);
  }
}

// A password or a key in an error text would end up in transcripts and tickets.
const hideSecret = (path: string, value: unknown) =>
  /(^|\.)(password|verifier|secret|clientSecret|serviceAccount|content(\[\d+\])?)$/i.test(path) ? '***' : value;

const join2 = (at: string, name: string) => (at === '' ? name : `${at}.${name}`);

function pathOf(pointer: string): string {
  let path = '';
  for (const raw of pointer.split('/').slice(1)) {
    const part = raw.replaceAll('~1', '/').replaceAll('~0', '~');
    path += /^\d+$/.test(part) ? `[${part}]` : path === '' ? part : `.${part}`;
  }
  return path;
}

/** `; did you mean "x"?` when one of the known names is close, else the list of names. */
export function suggest(name: string, known: readonly string[]): string {
  const close = known.filter(
    candidate => distance(name.toLowerCase(), candidate.toLowerCase()) <= Math.max(1, Math.floor(name.length / 3)),
  );
  if (close.length > 0) return `; did you mean "${close.sort((a, b) => distance(name, a) - distance(name, b))[0]}"?`;
  return known.length === 0 ? '' : `; known here: ${known.join(', ')}`;
}

/** Levenshtein distance; names are short. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length]!;
}
