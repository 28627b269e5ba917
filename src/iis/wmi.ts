/**
 * Objects of WMI's root\MicrosoftIISv2. Flags come twice, as a number and as a Boolean for each bit; the
 * number counts. A setting without a stored value shows its default, so WMI cannot tell that it is absent.
 */
import { DecodedList } from './ip-security-text.ts';
import { type IisSource, isSmtpPlace, placeOf, SourceBuilder, type SourceFormat } from './source.ts';
import { ACCESS_SSL, AUTH, LOG_FIELDS, readNumber } from './values.ts';

type WmiObject = Readonly<Record<string, unknown>>;

const FLAGS: Readonly<Record<string, Record<string, number>>> = {
  AuthFlags: AUTH,
  AccessSSLFlags: ACCESS_SSL,
  LogExtFileFlags: LOG_FIELDS,
};
const BIT_NAMES = new Set(Object.values(FLAGS).flatMap(bits => Object.keys(bits)));
const OF_WMI =
  /^(__.*|Cim.*|Path|Site|Container|Qualifiers|SystemProperties|ClassPath|Options|Scope|Properties|PS\w+|RunspaceId|Caption|Description|InstallDate|SettingID|ElementName)$/;

/** @throws SourceError */
export function wmiObjects(objects: readonly WmiObject[], format: SourceFormat): IisSource {
  const builder = new SourceBuilder();
  for (const object of objects) {
    const name = String(object.Name ?? '');
    if (!isSmtpPlace(placeOf(name))) continue;
    const location = `/LM/${name.replace(/^\/?(LM\/)?/i, '')}`;
    builder.key(location, String(object.__CLASS ?? ''));
    const isSecurity = 'GrantByDefault' in object && ('IPGrant' in object || 'IPDeny' in object);
    if (isSecurity) builder.property(location, 'IPSecurity', new DecodedList(object));
    else readSettings(builder, location, object);
  }
  builder.notes.push(
    'WMI cannot tell a value that is absent from a default, and has address lists for connections only in IIsIPSecuritySetting.',
  );
  return builder.build(format, false);
}

function readSettings(builder: SourceBuilder, location: string, object: WmiObject): void {
  for (const [name, value] of Object.entries(object)) {
    if (OF_WMI.test(name) || BIT_NAMES.has(name) || value === undefined) continue;
    // WMI shows null for what it has no value for.
    if (value === null && name !== 'RelayIpList') continue;
    builder.property(location, name, plain(value));
  }
  for (const [name, bits] of Object.entries(FLAGS)) readBits(builder, location, object, name, bits);
}

/** Negative DWORDs as they are meant, and bindings (IP, Port, Hostname) in one text. */
function plain(value: unknown): unknown {
  if (typeof value === 'number' && value < 0) return value >>> 0;
  if (!Array.isArray(value)) return value;
  return value.map(item =>
    typeof item === 'object' && item !== null && 'Port' in item
      ? `${item.IP ?? item.Ip ?? ''}:${item.Port}:${item.Hostname ?? ''}`
      : item,
  );
}

/** The single bits of a flag where they say something else than the number, or where the number is missing. */
function readBits(
  builder: SourceBuilder,
  location: string,
  object: WmiObject,
  name: string,
  bits: Record<string, number>,
): void {
  const shown = Object.entries(bits).filter(([bit]) => typeof object[bit] === 'boolean');
  if (shown.length === 0) return;
  const value = shown.reduce((sum, [bit, mask]) => (object[bit] ? sum | mask : sum), 0);
  const mask = shown.reduce((sum, [, bit]) => sum | bit, 0);
  const stored = object[name];
  if (stored === undefined || stored === null)
    builder.property(
      location,
      name,
      value,
      shown.length < Object.keys(bits).length ? { doubt: 'not all of its bits are told' } : {},
    );
  else if (isNumber(stored) && (readNumber(stored) & mask) !== value) {
    builder.notes.push(`${name} of ${location} and its single bits differ.`);
    builder.property(location, name, plain(stored), { doubt: 'the number and its single bits differ' });
  }
}

function isNumber(value: unknown): boolean {
  try {
    readNumber(value);
    return true;
  } catch {
    return false;
  }
}
