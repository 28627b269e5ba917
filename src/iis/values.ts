/** Single values of the metabase: numbers, flags, truth, lists, bindings, smart hosts, retry times. */
import { isIPv4 } from 'node:net';

/** 4294967295 and -1: no limit. */
export const UNLIMITED = 0xffff_ffff;

/** A value cannot be read; the message says why, after its name. */
export class ValueError extends Error {
  readonly problem: string;

  constructor(problem: string, message: string) {
    super(message);
    this.name = 'ValueError';
    this.problem = problem;
  }
}

/** Bits of AuthFlags, AccessSSLFlags, LogExtFileFlags and RouteAction by name. */
export const AUTH = { AuthAnonymous: 1, AuthBasic: 2, AuthNTLM: 4, AuthMD5: 16, AuthPassport: 64 } as const;
export const ACCESS_SSL = {
  AccessSSL: 8,
  AccessSSLNegotiateCert: 32,
  AccessSSLRequireCert: 64,
  AccessSSLMapCert: 128,
  AccessSSL128: 256,
} as const;
export const LOG_FIELDS = {
  LogExtFileDate: 0x1,
  LogExtFileTime: 0x2,
  LogExtFileClientIp: 0x4,
  LogExtFileUserName: 0x8,
  LogExtFileSiteName: 0x10,
  LogExtFileComputerName: 0x20,
  LogExtFileServerIp: 0x40,
  LogExtFileMethod: 0x80,
  LogExtFileUriStem: 0x100,
  LogExtFileUriQuery: 0x200,
  LogExtFileHttpStatus: 0x400,
  LogExtFileWin32Status: 0x800,
  LogExtFileBytesSent: 0x1000,
  LogExtFileBytesRecv: 0x2000,
  LogExtFileTimeTaken: 0x4000,
  LogExtFileServerPort: 0x8000,
  LogExtFileUserAgent: 0x1_0000,
  LogExtFileCookie: 0x2_0000,
  LogExtFileReferer: 0x4_0000,
  LogExtFileProtocolVersion: 0x8_0000,
  LogExtFileHost: 0x10_0000,
  LogExtFileHttpSubStatus: 0x20_0000,
} as const;
export const ROUTE = {
  DROP: 0x1,
  SMARTHOST: 0x2,
  SSL: 0x4,
  SASL: 0x8,
  ALIAS: 0x10,
  DELIVER: 0x20,
  DEFAULT: 0x40,
  AUTH_NTLM: 0x80,
  AUTH_CLEARTEXT: 0x100,
  ETRN_CMD: 0x200,
  IP_RELAY: 0x400,
  AUTH_RELAY: 0x800,
  DOMAIN_RELAY: 0x1000,
  CSIDE_TURN: 0x2000,
  CSIDE_ETRN: 0x4000,
  DISABLE_ETRN: 0x8000,
  CHUNKING: 0x1_0000,
  DISABLE_CHUNK: 0x2_0000,
  DISABLE_BMIME: 0x4_0000,
  DISABLE_DSN: 0x8_0000,
  DISABLE_PIPELINE: 0x10_0000,
  AUTH_KERBEROS: 0x20_0000,
  USE_HELO: 0x40_0000,
} as const;

/** Names of the bits that are set. */
export function bitsOf(value: number, names: Record<string, number>): string[] {
  return Object.entries(names).flatMap(([name, bit]) => ((value & bit) === bit ? [name] : []));
}

/** A DWORD: decimal, `0x…`, or -1; flags also as names joined by `|`. @throws ValueError */
export function readNumber(raw: unknown, names: Record<string, number> = {}): number {
  if (typeof raw === 'boolean') return raw ? 1 : 0;
  const known = new Map(Object.entries(names).map(([name, bit]) => [name.toLowerCase(), bit]));
  let value = 0;
  for (const part of String(raw).split('|')) {
    const text = part.trim();
    const bit = known.get(text.toLowerCase()) ?? numberOf(text);
    if (bit === null) throw new ValueError('not-a-number', `'${text.slice(0, 60)}' is no number`);
    value = (value | bit) >>> 0;
  }
  return value;
}

function numberOf(text: string): number | null {
  if (!/^(-?\d{1,10}|0x[0-9a-f]{1,8})$/i.test(text)) return null;
  const value = Number(text);
  return value >= -0x8000_0000 && value <= UNLIMITED ? value >>> 0 : null;
}

/** TRUE, FALSE and numbers, of which every one but 0 is true. @throws ValueError */
export function readBoolean(raw: unknown): boolean {
  if (typeof raw === 'boolean') return raw;
  const text = String(raw).trim();
  if (/^true$/i.test(text)) return true;
  if (/^false$/i.test(text)) return false;
  return readNumber(text) !== 0;
}

/**
 * A list of texts. An XML parser has turned line breaks and tabs into blanks, so two or more of them part
 * items; where an item has no blanks by its nature (`words`), one is enough.
 */
export function readTexts(raw: unknown, words = false): string[] {
  const items = Array.isArray(raw) ? raw.map(String) : String(raw ?? '').split(words ? /\s+/ : /\s*[\r\n\t]\s*|\s{2,}/);
  return items.map(item => item.trim()).filter(item => item !== '');
}

export interface IisBinding {
  /** Null for all addresses. */
  readonly ip: string | null;
  readonly port: number;
  /** Means nothing for SMTP. */
  readonly host: string | null;
}

/** `IP:port:host`, address and host optional. @throws ValueError */
export function readBinding(text: string): IisBinding {
  const match = /^([^:]*):(\d{1,5})(?::([^:]*))?$/.exec(text.trim());
  const port = Number(match?.[2]);
  if (!match || port < 1 || port > 65535 || (match[1] !== '' && match[1] !== '*' && !isIPv4(match[1]!)))
    throw new ValueError('binding-not-understood', `'${text.slice(0, 60)}' is not address:port:host`);
  return { ip: match[1] === '' || match[1] === '*' ? null : match[1]!, port, host: match[3] || null };
}

export interface IisSmartHost {
  readonly host: string;
  /** An address, for which nothing is looked up. */
  readonly literal: boolean;
  readonly bracketed: boolean;
}

/** One or more hosts, parted by semicolons; brackets mean an address. */
export function readSmartHosts(raw: unknown): IisSmartHost[] {
  return String(raw ?? '')
    .split(';')
    .map(part => part.trim())
    .filter(part => part !== '')
    .map(part => {
      const bracketed = part.startsWith('[') && part.endsWith(']');
      const host = bracketed ? part.slice(1, -1) : part;
      return { host, literal: bracketed || isIPv4(host), bracketed };
    });
}

/** Minutes of SmtpRemoteProgressiveRetry. @throws ValueError */
export function readRetryMinutes(raw: unknown): number[] {
  const parts = Array.isArray(raw) ? raw.map(String) : String(raw).split(',');
  return parts.map(part => {
    const text = part.trim();
    if (!/^\d{1,6}$/.test(text))
      throw new ValueError('retry-not-a-number', `'${text.slice(0, 60)}' is no number of minutes`);
    return Number(text);
  });
}
