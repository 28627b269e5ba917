/** The same module as a NuGet package, the form that Install-Module and Install-PSResource take. */
import { createHash } from 'node:crypto';

const escaped = text => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
const xml = text => Buffer.from(`<?xml version="1.0" encoding="utf-8"?>\n${text}\n`, 'utf8');

/**
 * @param {Map<string, Buffer>} files of the module folder
 * @param {{ version: string, description: string, tags: string[] }} facts
 * @returns {Map<string, Buffer>}
 */
export function nugetFiles(files, { version, description, tags }) {
  const core = `package/services/metadata/core-properties/${createHash('sha256').update(version).digest('hex').slice(0, 32)}.psmdcp`;
  const relation = (type, target, id) => `  <Relationship Type="${type}" Target="/${target}" Id="${id}" />`;
  const extensions = [...new Set([...files.keys()].map(name => /\.([^./]+)$/.exec(name)?.[1]).filter(Boolean))];
  const bare = [...files.keys()].filter(name => !/\.[^./]+$/.test(name));
  return new Map([
    ...[...files].map(([name, content]) => [encodeURI(name), content]),
    [
      'SmtpRelay.nuspec',
      xml(`<package xmlns="http://schemas.microsoft.com/packaging/2011/08/nuspec.xsd">
  <metadata>
    <id>SmtpRelay</id>
    <version>${version}</version>
    <authors>The SmtpRelay authors</authors>
    <owners>SmtpRelay</owners>
    <requireLicenseAcceptance>false</requireLicenseAcceptance>
    <license type="expression">MIT</license>
    <description>${escaped(description)}</description>
    <tags>${['PSModule', 'PSIncludes_Function', ...tags].join(' ')}</tags>
  </metadata>
</package>`),
    ],
    [
      '_rels/.rels',
      xml(`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
${relation('http://schemas.microsoft.com/packaging/2010/07/manifest', 'SmtpRelay.nuspec', 'R1')}
${relation('http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties', core, 'R2')}
</Relationships>`),
    ],
    [
      '[Content_Types].xml',
      xml(`<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
  <Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml" />
  <Default Extension="psmdcp" ContentType="application/vnd.openxmlformats-package.core-properties+xml" />
  <Default Extension="nuspec" ContentType="application/octet" />
${extensions.map(name => `  <Default Extension="${name}" ContentType="application/octet" />`).join('\n')}
${bare.map(name => `  <Override PartName="/${encodeURI(name)}" ContentType="application/octet" />`).join('\n')}
</Types>`),
    ],
    [
      core,
      xml(`<coreProperties xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns="http://schemas.openxmlformats.org/package/2006/metadata/core-properties">
  <dc:creator>The SmtpRelay authors</dc:creator>
  <dc:identifier>SmtpRelay</dc:identifier>
  <version>${version}</version>
</coreProperties>`),
    ],
  ]);
}
