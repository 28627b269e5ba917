import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseProxyHeader } from '../../src/listener/proxy-header.ts';
import { formatIp, parseIp } from '../../src/message/ip.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');
const SIGNATURE = bytes('\r\n\r\n\0\r\nQUIT\n');

function binary(command: number, family: number, rest: Buffer, length = rest.length): Buffer {
  const head = Buffer.from([command, family, length >> 8, length & 255]);
  return Buffer.concat([SIGNATURE, head, rest]);
}

const octet = fc.integer({ min: 0, max: 255 });
const ipv4 = fc.tuple(octet, octet, octet, octet).map(parts => parts.join('.'));
const ipv6 = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 })
  .map(groups => groups.map(group => group.toString(16)).join(':'));
const port = fc.integer({ min: 0, max: 65_535 });
const rest = fc.uint8Array({ maxLength: 20 }).map(octets => Buffer.from(octets));

const written = (address: string) => formatIp(parseIp(address)!);

function octetsOf(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number));
  const out = Buffer.alloc(16);
  for (const [i, group] of address.split(':').entries()) out.writeUInt16BE(Number.parseInt(group, 16), 2 * i);
  return out;
}

interface Sample {
  readonly header: Buffer;
  readonly client: { address: string; port: number } | null;
}

const line: fc.Arbitrary<Sample> = fc
  .oneof(fc.tuple(fc.constant('TCP4'), ipv4, ipv4), fc.tuple(fc.constant('TCP6'), ipv6, ipv6))
  .chain(([family, source, destination]) =>
    fc.tuple(port, port).map(([from, to]) => ({
      header: bytes(`PROXY ${family} ${source} ${destination} ${from} ${to}\r\n`),
      client: { address: written(source), port: from },
    })),
  );

const packed: fc.Arbitrary<Sample> = fc
  .oneof(fc.tuple(fc.constant(0x11), ipv4, ipv4), fc.tuple(fc.constant(0x21), ipv6, ipv6))
  .chain(([family, source, destination]) =>
    fc.tuple(port, rest).map(([from, additions]) => {
      const ports = Buffer.alloc(4);
      ports.writeUInt16BE(from, 0);
      const body = Buffer.concat([octetsOf(source), octetsOf(destination), ports, additions]);
      return { header: binary(0x21, family, body), client: { address: written(source), port: from } };
    }),
  );

describe('a PROXY header', () => {
  it('of either version is read, with what follows left alone, and is not complete before its last octet', () => {
    fc.assert(
      fc.property(fc.oneof(line, packed), rest, ({ header, client }, after) => {
        assert.deepEqual(parseProxyHeader(Buffer.concat([header, after])), {
          kind: 'header',
          length: header.length,
          client,
        });
        for (let cut = 0; cut < header.length; cut++)
          assert.deepEqual(parseProxyHeader(header.subarray(0, cut)), { kind: 'more' }, `cut at ${cut}`);
      }),
      { numRuns: 500 },
    );
  });

  it('never throws, waits for no more than it may, and never finds more than there is', () => {
    const start = fc.constantFrom(SIGNATURE, bytes('PROXY '), bytes('PROXY TCP4 '), Buffer.alloc(0));
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 200 }), (before, noise) => {
        const all = Buffer.concat([before, noise]);
        const found = parseProxyHeader(all);
        if (found.kind === 'header') assert.ok(found.length <= all.length);
        if (found.kind === 'header' && found.client) assert.equal(written(found.client.address), found.client.address);
        if (found.kind === 'more') assert.ok(all.length < 16 + 4096);
      }),
      { numRuns: 5000 },
    );
  });

  it('with any octet of a line changed is refused, or says something else that is valid', () => {
    fc.assert(
      fc.property(line, fc.nat(200), octet, ({ header }, where, value) => {
        const changed = Buffer.from(header);
        changed[where % header.length] = value;
        const found = parseProxyHeader(changed);
        if (found.kind === 'header' && found.client) assert.notEqual(parseIp(found.client.address), null);
      }),
      { numRuns: 3000 },
    );
  });

  for (const text of ['PROXY UNKNOWN\r\n', 'PROXY UNKNOWN ffff::1 ::1 1 2\r\n'])
    it(`${JSON.stringify(text)} says nothing of a client`, () =>
      assert.deepEqual(parseProxyHeader(bytes(`${text}EHLO x\r\n`)), {
        kind: 'header',
        length: text.length,
        client: null,
      }));

  it('of a health check (LOCAL), of a Unix socket and without a family says nothing of a client', () => {
    for (const header of [
      binary(0x20, 0x00, Buffer.alloc(0)),
      binary(0x20, 0x11, Buffer.alloc(12)),
      binary(0x21, 0x00, Buffer.alloc(3)),
    ])
      assert.deepEqual(parseProxyHeader(header), { kind: 'header', length: header.length, client: null });
  });

  it('with an IPv4-mapped address names the IPv4 client', () => {
    const found = parseProxyHeader(bytes('PROXY TCP6 ::ffff:10.0.0.1 ::1 1 2\r\n'));
    assert.equal(found.kind === 'header' && found.client?.address, '10.0.0.1');
  });

  const BAD = [
    ...['EHLO client.example\r\n', 'proxy TCP4 10.0.0.1 10.0.0.2 1 2\r\n', 'PROXY TCP4 10.0.0.1 10.0.0.2 1\r\n'],
    ...['PROXY TCP4 10.0.0.1 10.0.0.2 1 2 3\r\n', 'PROXY TCP4 ::1 ::1 1 2\r\n', 'PROXY TCP6 10.0.0.1 10.0.0.2 1 2\r\n'],
    ...[
      'PROXY TCP4 010.0.0.1 10.0.0.2 1 2\r\n',
      'PROXY TCP4 10.0.0.1 10.0.0.2 01 2\r\n',
      'PROXY TCP4 10.0.0.1 10.0.0.2 65536 2\r\n',
    ],
    ...[
      'PROXY TCP4 10.1 10.0.0.2 1 2\r\n',
      'PROXY  TCP4 10.0.0.1 10.0.0.2 1 2\r\n',
      'PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n',
    ],
    ...[
      'PROXY TCP4 10.0.0.1 10.0.0.2 1 2\n\r\n',
      'PROXY UDP4 10.0.0.1 10.0.0.2 1 2\r\n',
      `PROXY UNKNOWN ${'x'.repeat(107)}\r\n`,
    ],
    ...['PROXY TCP4 10.0.0.1\x00 10.0.0.2 1 2\r\n', 'PROXY TCP4 10.0.0.1\t10.0.0.2 1 2\r\n', 'PROXY \r\n', 'QUIT\r\n'],
  ];
  for (const text of BAD)
    it(`${JSON.stringify(text.slice(0, 50))} is none`, () => assert.equal(parseProxyHeader(bytes(text)).kind, 'bad'));

  it('of another version, about UDP, too short or too long is none', () => {
    for (const header of [
      binary(0x11, 0x11, Buffer.alloc(12)),
      binary(0x22, 0x11, Buffer.alloc(12)),
      binary(0x21, 0x12, Buffer.alloc(12)),
      binary(0x21, 0x11, Buffer.alloc(11)),
      binary(0x21, 0x21, Buffer.alloc(35)),
      binary(0x21, 0x11, Buffer.alloc(12), 4097),
    ])
      assert.equal(parseProxyHeader(header).kind, 'bad');
  });
});
