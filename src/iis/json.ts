/** JSON of Export-IisSmtpConfiguration.ps1, and of WMI objects (ConvertTo-Json) that Get-CimInstance gave. */
import { DecodedList } from './ip-security-text.ts';
import { type CertificateFacts, type IisSource, type PropertyFacts, SourceBuilder, SourceError } from './source.ts';
import { wmiObjects } from './wmi.ts';

const FORMAT = 'SmtpRelay.IisSmtpExport';

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
  for (const key of keys) {
    const location = String(key.location ?? '');
    builder.key(location, String(key.class ?? ''), true);
    const properties = isObject(key.properties) ? key.properties : {};
    const lists = isObject(key.addressLists) ? key.addressLists : {};
    for (const [name, property] of Object.entries(properties))
      if (!(name in lists)) builder.property(location, name, storedOf(property), factsOf(property));
    for (const [name, list] of Object.entries(lists)) readList(builder, location, name, list, properties[name]);
  }
  for (const certificate of listOf(file.certificates).filter(isObject))
    builder.certificates.push(certificateOf(certificate));
  builder.notes.push(...textsOf(file.notes), ...webConfigNotes(file));
  return builder.build('ExporterJson', true);
}

const storedOf = (property: unknown): unknown => (isObject(property) ? (property.value ?? null) : property);

function factsOf(property: unknown): PropertyFacts {
  if (!isObject(property)) return {};
  const stored = property.stored !== false;
  if (property.type === 'Unreadable') return { stored, doubt: 'the old server could not read it' };
  return 'value' in property || 'grantByDefault' in property ? { stored } : { stored, doubt: 'it has no value' };
}

/** An address list in the old server's own reading, and its bytes where WMI had them. */
function readList(builder: SourceBuilder, location: string, name: string, list: unknown, stored: unknown): void {
  const bytes = stored === undefined ? undefined : storedOf(stored);
  if (isObject(list)) builder.property(location, name, new DecodedList(list, bytes), factsOf(list));
  else builder.property(location, name, null, { doubt: 'the old server could not read it' });
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
