/** JSON of Export-IisSmtpConfiguration.ps1, and of WMI objects (ConvertTo-Json) that Get-CimInstance gave. */
import type { DecodedList } from './ip-security-text.ts';
import { type CertificateFacts, type IisSource, SourceBuilder, SourceError } from './source.ts';
import { wmiObjects } from './wmi.ts';

const FORMAT = 'SmtpRelay.IisSmtpExport';
const MOST_KEYS = 100_000;

type Json = Readonly<Record<string, unknown>>;

/** @throws SourceError */
export function readJson(text: string): IisSource {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SourceError(`It is not valid JSON: ${(error as Error).message}`);
  }
  if (isObject(value) && value.format === FORMAT) return readExport(value);
  const objects = Array.isArray(value) ? value : [value];
  if (objects.length > MOST_KEYS) throw new SourceError(`It has more than ${MOST_KEYS} objects.`);
  return wmiObjects(objects.filter(isObject), 'WmiJson');
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : value == null ? [] : [value]);
const textsOf = (value: unknown): string[] => listOf(value).map(String);

function readExport(file: Json): IisSource {
  if (file.version !== 1)
    throw new SourceError(`It is version ${String(file.version).slice(0, 20)} of the export; this relay reads 1.`);
  const builder = new SourceBuilder();
  const keys = listOf(file.keys).filter(isObject);
  if (keys.length > MOST_KEYS) throw new SourceError(`It has more than ${MOST_KEYS} keys.`);
  for (const key of keys) {
    const location = String(key.location ?? '');
    builder.key(location, String(key.class ?? ''), true);
    for (const [name, property] of Object.entries(isObject(key.properties) ? key.properties : {}))
      builder.property(location, name, isObject(property) && 'value' in property ? property.value : property);
    for (const [name, list] of Object.entries(isObject(key.addressLists) ? key.addressLists : {}))
      readList(builder, location, key, name, list);
  }
  for (const certificate of listOf(file.certificates).filter(isObject))
    builder.certificates.push(certificateOf(certificate));
  builder.notes.push(...textsOf(file.notes), ...webConfigNotes(file));
  return builder.build('ExporterJson', true);
}

/** The old server's own reading of a list is better than ours of its bytes; where both are there they are compared later. */
function readList(builder: SourceBuilder, location: string, key: Json, name: string, list: unknown): void {
  if (!isObject(list)) return;
  // ADSI makes up an object for a value that is not there.
  if (list.stored === false) return;
  const decoded: DecodedList = {
    grantByDefault: list.grantByDefault === true || list.grantByDefault === -1,
    ipGrant: textsOf(list.ipGrant),
    ipDeny: textsOf(list.ipDeny),
    domainGrant: textsOf(list.domainGrant),
    domainDeny: textsOf(list.domainDeny),
  };
  const raw = isObject(key.properties) ? key.properties[name] : undefined;
  if (raw === undefined) builder.property(location, name, decoded);
}

const certificateOf = (value: Json): CertificateFacts => ({
  thumbprint: String(value.thumbprint ?? '')
    .replace(/\s/g, '')
    .toUpperCase(),
  subject: String(value.subject ?? ''),
  notAfter: String(value.notAfter ?? ''),
  hasPrivateKey: value.hasPrivateKey === true,
});

const webConfigNotes = (file: Json): string[] =>
  textsOf(file.pickupDirectoryFromIis).map(
    path =>
      `${path} uses PickupDirectoryFromIis, which asks IIS itself: change it to SpecifiedPickupDirectory with the Pickup folder of this relay.`,
  );
