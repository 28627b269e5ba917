/**
 * A ZIP archive that depends on nothing but its content: sorted names, one time for all, the same
 * compression. Another run makes the same bytes. (Without ZIP64: 65,535 files and 4 GB are the limit.)
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib';

/** MS-DOS date and time, which counts from 1980 in steps of two seconds. */
function dosTime(seconds) {
  const date = new Date(seconds * 1000);
  const time = (date.getUTCHours() << 11) | (date.getUTCMinutes() << 5) | (date.getUTCSeconds() >> 1);
  const day = ((date.getUTCFullYear() - 1980) << 9) | ((date.getUTCMonth() + 1) << 5) | date.getUTCDate();
  return { time, day };
}

/**
 * @param {string} path
 * @param {ReadonlyMap<string, Buffer>} files by their name in the archive, with slashes
 * @param {number} modified seconds since 1970
 */
export function writeZip(path, files, modified) {
  const { time, day } = dosTime(modified);
  const parts = [];
  const directory = [];
  let offset = 0;
  for (const name of [...files.keys()].sort()) {
    const content = files.get(name);
    const packed = deflateRawSync(content, { level: 9 });
    const stored = packed.length >= content.length;
    const data = stored ? content : packed;
    const label = Buffer.from(name, 'utf8');
    // What both headers say: version 2.0, names in UTF-8, method, time, check sum, sizes.
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(0x0800, 2);
    facts.writeUInt16LE(stored ? 0 : 8, 4);
    facts.writeUInt16LE(time, 6);
    facts.writeUInt16LE(day, 8);
    facts.writeUInt32LE(crc32(content), 10);
    facts.writeUInt32LE(data.length, 14);
    facts.writeUInt32LE(content.length, 18);
    facts.writeUInt16LE(label.length, 22);
    const local = Buffer.from([0x50, 0x4b, 3, 4]);
    const central = Buffer.from([0x50, 0x4b, 1, 2, 20, 0]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    parts.push(local, facts, label, data);
    directory.push(central, facts, place, label);
    offset += local.length + facts.length + label.length + data.length;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const end = Buffer.alloc(22);
  end.set([0x50, 0x4b, 5, 6]);
  end.writeUInt16LE(files.size, 8);
  end.writeUInt16LE(files.size, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  writeFileSync(path, Buffer.concat([...parts, ...directory, end]));
}

/**
 * One file of an archive that writeZip wrote.
 * @throws Error when there is none of that name
 */
export function readZipEntry(path, name) {
  const archive = readFileSync(path);
  // Our archives have no comment, so the end record is where it must be.
  let at = archive.readUInt32LE(archive.length - 6);
  for (let left = archive.readUInt16LE(archive.length - 12); left > 0; left--) {
    const label = archive.toString('utf8', at + 46, at + 46 + archive.readUInt16LE(at + 28));
    if (label === name) {
      const offset = archive.readUInt32LE(at + 42);
      const start = offset + 30 + archive.readUInt16LE(offset + 26) + archive.readUInt16LE(offset + 28);
      const data = archive.subarray(start, start + archive.readUInt32LE(at + 20));
      return archive.readUInt16LE(at + 10) === 8 ? inflateRawSync(data) : data;
    }
    at += 46 + archive.readUInt16LE(at + 28) + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  throw new Error(`${path} has no ${name}`);
}
