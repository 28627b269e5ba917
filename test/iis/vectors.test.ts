/** Every vector of vectors.json that concerns the reading of an IIS configuration. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { decodeIpSecurityList, ListError } from '../../src/iis/ip-security-list.ts';
import { bytesOfList, readAddressText } from '../../src/iis/ip-security-text.ts';
import { readSource } from '../../src/iis/read-source.ts';
import {
  ACCESS_SSL,
  AUTH,
  bitsOf,
  LOG_FIELDS,
  ROUTE,
  readBinding,
  readBoolean,
  readNumber,
  readRetryMinutes,
  readSmartHosts,
  readTexts,
  ValueError,
} from '../../src/iis/values.ts';

// biome-ignore lint/suspicious/noExplicitAny: data of many shapes
const vectors: any = JSON.parse(readFileSync(new URL('./vectors.json', import.meta.url), 'utf8'));

for (const vector of vectors.relayIpList)
  test(`list ${vector.id}`, () => {
    for (const form of [
      vector.hex,
      vector.hex?.toUpperCase() ?? null,
      vector.bytes,
      vector.bytes?.map(String) ?? null,
    ]) {
      const { mode, grant, deny, warnings } = decodeIpSecurityList(bytesOfList(form));
      assert.deepEqual({ mode, grant, deny, warnings }, vector.expect);
    }
  });

for (const vector of vectors.relayIpListInvalid)
  test(`broken list ${vector.id}`, () => {
    assert.throws(
      () => decodeIpSecurityList(bytesOfList(vector.hex)),
      (error: unknown) => error instanceof ListError && error.problem === vector.error,
    );
  });

for (const vector of vectors.ipTextForms)
  test(`text form ${vector.id}`, () => {
    if (vector.error !== undefined)
      assert.throws(
        () => bytesOfList(vector.input),
        (error: unknown) => error instanceof ListError && error.problem === vector.error,
      );
    else if (vector.cidr !== undefined)
      assert.deepEqual(
        vector.input.map((text: string) => readAddressText(text)?.cidr),
        vector.cidr,
      );
    else {
      const list = vectors.relayIpList.find(({ id }: { id: string }) => id === vector.relayIpList);
      assert.deepEqual([...bytesOfList(vector.input)!], list.bytes);
    }
  });

test('a list as adsutil prints it', () => {
  assert.deepEqual([...bytesOfList('0x18 0x00 0x00 0x80')!], [24, 0, 0, 128]);
  assert.deepEqual([...bytesOfList('24, 0, 0, 128')!], [24, 0, 0, 128]);
});

test('flags, numbers and truth', () => {
  const { flags } = vectors;
  for (const { in: text, value } of flags.authFlags) assert.equal(readNumber(text, AUTH), value);
  for (const { in: text, value } of flags.accessSslFlags) assert.equal(readNumber(text, ACCESS_SSL), value);
  for (const { in: text, value } of flags.relayForAuth) assert.equal(readNumber(text) !== 0, value);
  for (const { in: text, value } of flags.dword) assert.equal(readNumber(text), value);
  for (const { in: text, value } of flags.bool) assert.equal(readBoolean(text), value);
  for (const { in: number, bits } of flags.routeAction)
    assert.deepEqual(bitsOf(number, ROUTE).sort(), [...bits].sort());
  for (const { in: number, eightBitMime } of flags.smtpInboundCommandSupportOptions)
    assert.equal((number & 0x40_0000) !== 0, eightBitMime);
  const [fresh, names, all] = flags.logExtFileFlags;
  assert.equal(readNumber(names.in, LOG_FIELDS), names.value);
  assert.equal(bitsOf(fresh.in, LOG_FIELDS).length, fresh.fields.length);
  assert.equal(bitsOf(all.in, LOG_FIELDS).length, 22);
  for (const text of ['', 'x', '4294967296', '-2147483649', '0x1ffffffff', '1|Nothing'])
    assert.throws(() => readNumber(text, AUTH), ValueError, text);
});

for (const vector of vectors.serverBindings)
  test(`binding '${vector.in}'`, () => {
    if (vector.error !== undefined)
      assert.throws(
        () => readBinding(vector.in),
        (error: unknown) => error instanceof ValueError && error.problem === vector.error,
      );
    else assert.deepEqual(readBinding(vector.in), { ip: vector.ip, port: vector.port, host: vector.host });
  });

for (const vector of vectors.smartHost)
  test(`smart host '${vector.SmartHost}'`, () => {
    const hosts = readSmartHosts(vector.SmartHost);
    if (vector.warn === 'several-hosts-need-review') assert.equal(hosts.length, 2);
    else assert.equal(hosts[0]?.host ?? null, vector.host);
    if (vector.literal !== undefined) assert.equal(hosts[0]!.literal, vector.literal);
    assert.equal(hosts.length === 1 && hosts[0]!.literal && !hosts[0]!.bracketed, vector.warn === 'unbracketed-ip');
  });

for (const vector of vectors.progressiveRetry)
  test(`retry times ${JSON.stringify(vector.in)}`, () => {
    if (vector.error !== undefined)
      assert.throws(
        () => readRetryMinutes(vector.in),
        (error: unknown) => error instanceof ValueError && error.problem === vector.error,
      );
    else assert.deepEqual(readRetryMinutes(vector.in), vector.minutes);
  });

test('a whole metabase', () => {
  const [{ xml }] = vectors.metabaseXml;
  const source = readSource(Buffer.from(xml));
  const value = (place: string, name: string) => source.keys.get(place)!.properties.get(name)?.value;
  assert.equal(source.format, 'MetaBaseXml');
  assert.deepEqual(
    [...source.keys.keys()],
    ['smtpsvc', 'smtpsvc/1', 'smtpsvc/1/domain/example.com', 'smtpsvc/1/domain/partner.example'],
  );
  assert.equal(value('smtpsvc', 'authflags'), 'AuthBasic | AuthAnonymous | AuthNTLM');
  assert.equal(value('smtpsvc', 'unknownname_61537'), '0');
  assert.equal(value('smtpsvc/1', 'servercomment'), 'Relay & reports');
  assert.deepEqual(readTexts(value('smtpsvc/1', 'serverbindings'), true), [':25:', '192.0.2.25:2525:']);
});
