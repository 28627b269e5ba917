/**
 * The settings as the rest of the engine sees them: every default filled in, frozen all the way
 * down. What each one means, its range and its unit stand in schemas/relay.schema.json.
 */
import { hostname } from 'node:os';
import type * as File from '../contract/relay.generated.ts';

type Full<T> = T extends readonly (infer Item)[]
  ? readonly Full<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]-?: Full<Exclude<T[Key], undefined>> }
    : T;

export type Settings = Full<File.RelaySettings>;
export type General = Full<File.General>;
export type Logging = Full<File.Logging>;
export type Listener = Full<File.Listener>;
export type Certificate = Full<File.Certificate>;
export type Restriction = Full<File.Restriction>;
export type Domain = Full<File.Domain>;
export type Account = Full<File.Account>;
export type Connector = Full<File.Connector>;
export type RewriteRule = Full<File.RewriteRule>;
export type DkimKey = Full<File.DkimKey>;
export type Webhook = Full<File.Webhook>;
export type AlertMail = Full<File.AlertMail>;

/** The name this relay calls itself, where neither listener nor connector has one of its own. */
export function fqdnOf(settings: Settings): string {
  return settings.general.fqdn ?? hostname();
}

/** Address in the From line of reports. */
export function postmasterOf(settings: Settings): string {
  return settings.general.postmaster ?? `postmaster@${fqdnOf(settings)}`;
}

/** Whether the conversations of a listener or connector are in the protocol log. */
export const isLogged = (
  { protocolLoggingLevel }: Pick<Listener | Connector, 'protocolLoggingLevel'>,
  { logging }: Settings,
): boolean => (protocolLoggingLevel === 'General' ? logging.protocolLoggingLevel : protocolLoggingLevel) !== 'None';

/** Where a DKIM key stands in DNS (RFC 6376 3.6.2.1), which is also its name here. */
export const dkimName = ({ selector, domain }: Pick<DkimKey, 'selector' | 'domain'>): string =>
  `${selector}._domainkey.${domain}`.toLowerCase();

/** Freezes a tree of plain objects. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
