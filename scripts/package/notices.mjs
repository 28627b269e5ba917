/** What a package says about its parts: third-party notices for people, and a bill of materials (CycloneDX 1.6). */
import { createHash } from 'node:crypto';

/** @param {{ title: string, text: string }[]} parts */
export function noticesText(parts) {
  const head =
    'SmtpRelay contains the software of others. What follows is named and licensed by them.\n\n' +
    parts.map(({ title }) => `  ${title}`).join('\n');
  const line = '-'.repeat(100);
  return `${head}\n\n${parts.map(({ title, text }) => `${line}\n${title}\n${line}\n\n${text || 'Its package brings no licence text; its licence is named above.'}\n`).join('\n')}`;
}

/**
 * @param {{ version: string, target: string, modified: number, components: { type: string, name: string, version: string, license: string, purl: string, integrity?: string }[] }} facts
 */
export function billOfMaterials({ version, target, modified, components }) {
  const list = components.map(({ type, name, version: of, license, purl, integrity }) => ({
    type,
    'bom-ref': purl,
    name,
    version: of,
    licenses: [/^[A-Za-z0-9.+-]+$/.test(license) ? { license: { id: license } } : { expression: license }],
    purl,
    ...(integrity
      ? { hashes: [{ alg: 'SHA-512', content: Buffer.from(integrity.slice(7), 'base64').toString('hex') }] }
      : {}),
  }));
  const bom = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    // A name of its content, so that the same package has the same bill.
    serialNumber: `urn:uuid:${uuidOf(JSON.stringify([version, target, list]))}`,
    version: 1,
    metadata: {
      timestamp: new Date(modified * 1000).toISOString(),
      component: {
        type: 'application',
        name: 'SmtpRelay',
        version,
        purl: `pkg:generic/smtprelay@${version}?arch=${target}`,
      },
    },
    components: list,
  };
  return `${JSON.stringify(bom, null, 2)}\n`;
}

function uuidOf(text) {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
