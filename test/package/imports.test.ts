/**
 * What the compiled part of the bridge wants to find on Windows, read from its import table: it must lie beside
 * it in the package, belong to Windows, or be named to the administrator.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
// @ts-expect-error a script without types
import { packageFiles, productionPackages } from '../../scripts/package/npm.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const OF_WINDOWS = /^(?:api-ms-win-|kernel32\.dll$|advapi32\.dll$)/;

/** Names of the DLLs that a PE32+ file imports (PE format, section 6.4). */
function importsOf(file: Buffer): string[] {
  const header = file.readUInt32LE(0x3c) + 24;
  assert.equal(file.readUInt16LE(header), 0x20b, 'PE32+');
  const sections = header + file.readUInt16LE(header - 4);
  const count = file.readUInt16LE(header - 18);
  const offsetOf = (address: number): number => {
    for (let at = sections; at < sections + 40 * count; at += 40) {
      const start = file.readUInt32LE(at + 12);
      if (address >= start && address < start + file.readUInt32LE(at + 16))
        return address - start + file.readUInt32LE(at + 20);
    }
    throw new Error(`no section has ${address}`);
  };
  const names: string[] = [];
  // The second data directory: entries of 20 bytes, the name at 12, up to an empty one.
  for (let at = offsetOf(file.readUInt32LE(header + 112 + 8)); file.readUInt32LE(at + 12) !== 0; at += 20) {
    const name = offsetOf(file.readUInt32LE(at + 12));
    names.push(file.toString('latin1', name, file.indexOf(0, name)).toLowerCase());
  }
  return names;
}

describe('the compiled part of the bridge', () => {
  for (const [arch, missing] of [
    ['x64', ['vcruntime140_1.dll']],
    ['arm64', []],
  ] as const) {
    it(`for win-${arch} finds its libraries beside it, but ${missing.join(' and ') || 'nothing'}`, () => {
      const files: Map<string, Buffer> = packageFiles(root, productionPackages(root), { platform: 'win', arch });
      const native = [...files.keys()].filter(name => name.endsWith('.node'));
      assert.deepEqual(native, [`node_modules/edge-js/lib/native/win32/${arch}/24/edge_coreclr.node`]);
      const folder = native[0]!.slice(0, native[0]!.lastIndexOf('/') + 1);
      const beside = [...files.keys()]
        .filter(name => name.startsWith(folder))
        .map(name => name.slice(folder.length).toLowerCase());
      const wanted = importsOf(files.get(native[0]!)!).filter(name => !OF_WINDOWS.test(name));
      assert.ok(wanted.includes('vcruntime140.dll'));
      assert.deepEqual(
        wanted.filter(name => !beside.includes(name)),
        missing,
      );
    });
  }
});
