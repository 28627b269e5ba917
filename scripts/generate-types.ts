/**
 * Writes src/contract/*.generated.ts from schemas/*.schema.json.
 * With --check it writes nothing and fails when a committed file differs (test/contract runs it so).
 */
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileFromFile } from 'json-schema-to-typescript';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const banner = (name: string) =>
  `// Made from schemas/${name}.schema.json by "npm run generate". Do not edit.\n/* eslint-disable */`;

export async function generate(name: 'relay' | 'control'): Promise<string> {
  return compileFromFile(join(root, 'schemas', `${name}.schema.json`), {
    cwd: join(root, 'schemas'),
    bannerComment: banner(name),
    additionalProperties: false,
    // Tuple types for minItems/maxItems would make every array hard to use; ajv checks the bounds.
    ignoreMinAndMaxItems: true,
    unknownAny: true,
    format: true,
    style: { singleQuote: true, printWidth: 120 },
  });
}

export const outputOf = (name: string) => join(root, 'src', 'contract', `${name}.generated.ts`);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  let stale = 0;
  for (const name of ['relay', 'control'] as const) {
    const text = await generate(name);
    if (!process.argv.includes('--check')) await writeFile(outputOf(name), text);
    else if ((await readFile(outputOf(name), 'utf8').catch(() => '')) !== text) {
      process.stderr.write(`${outputOf(name)} is older than its schema: run "npm run generate".\n`);
      stale++;
    }
  }
  process.exitCode = stale ? 1 : 0;
}
