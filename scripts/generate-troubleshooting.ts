/**
 * Writes docs/troubleshooting.md from schemas/replies.json, the catalogue that queues, reports and
 * Resolve-SmtpStatus explain replies with. With --check it writes nothing and fails when the file differs.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Entry {
  readonly about: string;
  readonly meaning: string;
  readonly action: string;
  readonly example: string;
}

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const output = join(root, 'docs', 'troubleshooting.md');

const HEAD = `# Why did this mail not arrive?

<!-- Made from schemas/replies.json by "npm run generate". Do not edit. -->

1. \`Get-SmtpMessageTrace -Recipient someone@example.com\` tells the whole story of a message and ends with a sentence.
2. Still waiting: \`Get-SmtpQueue | Format-List\` shows LastError, what it means and what to do. \`Test-SmtpConnector\`
   meets the next hop step by step and names the step that fails.
3. Never came in: \`Get-SmtpLog -ClientIP 192.0.2.17 -Tail 20\` shows what the client heard, with the rule that refused it
   (x-rule); \`Test-RelayRestriction\` says whether a client may relay, and why. \`Get-SmtpSession -Trace\` shows it live.
4. Nothing goes: \`Test-SmtpRelay\` looks at everything else: listeners, DNS, port 25, disk, clock, certificates.
5. \`Resolve-SmtpStatus '550 5.7.1 ...'\` explains a reply from anywhere, by the table below.

## What replies mean

The first entry that fits a reply counts. Each of the failures in \`test/end-to-end/failure-matrix.test.ts\` is made for
real and must be named by its entry in the queue, in the story of the message and in the test of the connector.
`;

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ').replaceAll('<', '&lt;');

export async function troubleshooting(): Promise<string> {
  const { replies } = JSON.parse(await readFile(join(root, 'schemas', 'replies.json'), 'utf8')) as {
    replies: readonly Entry[];
  };
  const groups = [...new Set(replies.map(({ about }) => about))];
  const tables = groups.map(group => {
    const rows = replies
      .filter(({ about }) => about === group)
      .map(({ example, meaning, action }) => `| ${cell(example)} | ${cell(meaning)} | ${cell(action)} |`);
    const title = `${group.slice(0, 1).toUpperCase()}${group.slice(1)}`;
    return `\n### ${title}\n\n| reply, such as | what it means | what to do |\n|---|---|---|\n${rows.join('\n')}\n`;
  });
  return HEAD + tables.join('');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = await troubleshooting();
  if (!process.argv.includes('--check')) await writeFile(output, text);
  else if ((await readFile(output, 'utf8').catch(() => '')) !== text) {
    process.stderr.write(`${output} is older than schemas/replies.json: run "npm run generate".\n`);
    process.exitCode = 1;
  }
}
