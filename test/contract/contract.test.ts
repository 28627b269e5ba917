/** The promises of schemas/: they compile, the generated types are current, and problems are told apart. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { generate, outputOf } from '../../scripts/generate-types.ts';
import { PROBLEMS, type ProblemId, RelayProblem } from '../../src/contract/problems.ts';
import { controlSchema, relaySchema, suggest, validatorFor } from '../../src/contract/schemas.ts';

const methods = Object.keys(controlSchema.properties);

describe('the schemas', () => {
  for (const name of ['relay', 'control'] as const)
    it(`${name}.schema.json and its generated types agree`, async () => {
      assert.equal(await readFile(outputOf(name), 'utf8'), await generate(name), 'run "npm run generate"');
    });

  it('compile as a whole and in every part', () => {
    validatorFor('relay.schema.json');
    for (const name of Object.keys(relaySchema.$defs)) validatorFor(`relay.schema.json#/$defs/${name}`);
    for (const name of Object.keys(controlSchema.$defs)) validatorFor(`control.schema.json#/$defs/${name}`);
    assert.throws(() => validatorFor('control.schema.json#/properties/no.such'), /No schema at/);
  });

  it('have methods', () => assert.ok(methods.length > 20));

  for (const method of methods)
    it(`${method} has a sentence, params that refuse what they do not know, and a result`, () => {
      const { description, properties } = controlSchema.properties[method];
      assert.match(description, /^[A-Z].*\.$/);
      assert.equal(properties.params.additionalProperties, false);
      assert.equal(
        validatorFor(`control.schema.json#/properties/${method}/properties/params`)({ '?': 1 }).at(-1)!.path,
        '?',
      );
      validatorFor(`control.schema.json#/properties/${method}/properties/result`);
      assert.match(method, /^[a-z]+\.[a-z]+$/);
    });

  it('give every setting of the file a default or require it, and a range to every number', () => {
    for (const [name, definition] of Object.entries<{ type?: string; required?: string[]; properties?: object }>(
      relaySchema.$defs,
    )) {
      if (definition.type !== 'object') continue;
      for (const [key, value] of Object.entries<Record<string, unknown>>((definition.properties ?? {}) as never)) {
        assert.ok(definition.required?.includes(key) || 'default' in value, `${name}.${key} has no default`);
        if (value.type === 'integer')
          assert.ok('minimum' in value && 'maximum' in value, `${name}.${key} has no range`);
      }
    }
  });

  it('refuse without end any value, and never throw', () => {
    fc.assert(
      fc.property(fc.constantFrom(...methods), fc.jsonValue(), (method, value) => {
        for (const { path, message } of validatorFor(`control.schema.json#/properties/${method}/properties/params`)(
          structuredClone(value),
        )) {
          assert.equal(typeof path, 'string');
          assert.ok(message.length > 0);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('the problems', () => {
  const entries = Object.entries(PROBLEMS) as [ProblemId, { code: number; action: string }][];

  it('are these, for ever: an id that was published is not changed', () => {
    assert.deepEqual(Object.fromEntries(entries.map(([id, { code }]) => [id, code])), {
      ParseError: -32700,
      InvalidRequest: -32600,
      MethodNotFound: -32601,
      InternalError: -32603,
      InvalidParameter: -32602,
      InvalidSettings: -32602,
      OpenRelay: -32001,
      NotFound: -32002,
      AlreadyExists: -32003,
      StorageFailed: -32004,
      NotAccepted: -32005,
      Busy: -32006,
      CertificateRefused: -32007,
      SourceUnreadable: -32016,
      ImportRefused: -32017,
      InUse: -32008,
      SettingsUnreadable: -32010,
      DataFolderUnusable: -32011,
      DataFolderInUse: -32012,
      AddressInUse: -32013,
      ListenFailed: -32014,
      UsageError: -32015,
    });
  });

  for (const [id, { action }] of entries)
    it(`${id} says what to do`, () => {
      assert.match(id, /^[A-Z][A-Za-z]+$/);
      assert.match(action, /^[A-Z].{10,}\.$/);
      const problem = new RelayProblem(id, 'It went wrong.', [{ path: 'a', message: 'b' }]);
      assert.deepEqual([problem.id, problem.action, problem.message], [id, action, 'It went wrong.']);
    });

  it('of our own have codes of their own', () => {
    const own = entries.map(([, { code }]) => code).filter(code => code > -32100);
    assert.equal(new Set(own).size, own.length);
  });
});

describe('suggest', () => {
  const known = ['maxMessageSize', 'maxHopCount', 'fqdn'];
  it('names the closest one, whatever the case, or all', () => {
    assert.equal(suggest('maxmessagesize', known), '; did you mean "maxMessageSize"?');
    assert.equal(suggest('FQDM', known), '; did you mean "fqdn"?');
    assert.equal(suggest('colour', known), '; known here: maxMessageSize, maxHopCount, fqdn');
    assert.equal(suggest('colour', []), '');
  });
});
