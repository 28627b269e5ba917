/**
 * MetaBase.xml and its backups (MetaBack, *.MD0): a flat list of elements whose place in the tree is in
 * their attribute Location; properties are attributes and `Custom` children.
 */
import { type IisSource, isSmtpPlace, nameOfId, placeOf, SourceBuilder, SourceError } from './source.ts';
import { localName, readXml } from './xml.ts';

const NAMESPACE = 'urn:microsoft-catalog:xml_metabase_';

/** @throws SourceError */
export function readMetaBase(document: string): IisSource {
  const builder = new SourceBuilder();
  let location: string | null = null;
  readXml(document, {
    open(name, attributes, depth) {
      if (depth === 1) checkRoot(name, attributes);
      else if (depth === 3 && attributes.Location !== undefined && isSmtpPlace(placeOf(attributes.Location))) {
        location = attributes.Location;
        builder.key(location, localName(name), true);
        for (const [key, value] of Object.entries(attributes)) builder.property(location, key, value);
      } else if (depth === 4 && location !== null && localName(name).toLowerCase() === 'custom')
        readCustom(builder, location, attributes);
    },
    close(_name, depth) {
      if (depth === 3) location = null;
    },
  });
  return builder.build('MetaBaseXml', true);
}

function checkRoot(name: string, attributes: Readonly<Record<string, string>>): void {
  const namespace = attributes.xmlns ?? '';
  if (localName(name).toLowerCase() !== 'configuration' || !namespace.toLowerCase().startsWith(NAMESPACE))
    throw new SourceError(
      `Its root is <${name.slice(0, 60)}>, not the <configuration> of an IIS 6 metabase (applicationHost.config of IIS 7 has no SMTP settings).`,
    );
}

function readCustom(builder: SourceBuilder, location: string, attributes: Readonly<Record<string, string>>): void {
  const { Name: given, ID: id, Value: value } = attributes;
  const known = nameOfId(Number(id));
  const name = given === undefined || /^UnknownName_/i.test(given) ? (known ?? given ?? `UnknownName_${id}`) : given;
  builder.property(location, name, value ?? '');
}
