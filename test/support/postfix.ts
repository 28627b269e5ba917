/** A Postfix of its own for a test (postfix.sh), with rules about recipients that can change. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort, until } from './relay-waiting.ts';

const run = promisify(execFile);
const script = fileURLToPath(new URL('./postfix.sh', import.meta.url));

/** Why there can't be one here; false when there can. */
export const noPostfix = !existsSync('/usr/sbin/postfix')
  ? 'postfix is not installed'
  : process.getuid?.() !== 0
    ? 'postfix is started by root only'
    : false;

export class Postfix {
  readonly port: number;
  readonly #folder: string;

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.port = port;
  }

  /** Ports of the services with settings of their own, by name. */
  readonly ports: Record<string, number> = {};

  /**
   * @param settings lines of main.cf; `$etc` is its folder
   * @param files beside main.cf
   * @param services names of more ports, with settings that differ there
   */
  static async start(
    t: TestContext,
    settings: readonly string[],
    files: Readonly<Record<string, string>>,
    services: Readonly<Record<string, readonly string[]>> = {},
  ): Promise<Postfix> {
    const postfix = new Postfix(await mkdtemp(join(tmpdir(), 'smtp-relay-postfix-')), await freePort());
    await postfix.#do('create');
    t.after(() => postfix.#do('destroy'));
    const etc = join(postfix.#folder, 'etc');
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(etc, name)), { recursive: true });
      await writeFile(join(etc, name), text);
    }
    const lines = settings.map(line => `${line.replaceAll('$etc', etc)}\n`);
    await appendFile(join(etc, 'main.cf'), lines.join(''));
    for (const [name, own] of Object.entries(services)) {
      const port = await freePort();
      postfix.ports[name] = port;
      const overrides = own.map(line => ` -o { ${line.replaceAll('$etc', etc)} }`).join('');
      await appendFile(join(etc, 'master.cf'), `127.0.0.1:${port} inet n - n - - smtpd${overrides}\n`);
    }
    await postfix.#do('start');
    return postfix;
  }

  /** Gives a file beside main.cf other content. A reload would leave it unread in sessions that are open. */
  async change(name: string, text: string): Promise<void> {
    await this.#do('stop');
    await writeFile(join(this.#folder, 'etc', name), text);
    await this.#do('start');
  }

  /** What lies in the mailboxes of a recipient, one text for each message. */
  async delivered(recipient: string): Promise<string[]> {
    const box = join(this.#folder, 'mail/box/new');
    const names = await readdir(box).catch(() => []);
    const texts = await Promise.all(names.map(name => readFile(join(box, name), 'latin1')));
    return texts.filter(text => text.includes(`\nDelivered-To: ${recipient}\n`));
  }

  async untilDelivered(recipient: string): Promise<string> {
    return until(`Postfix delivers to ${recipient}`, async () => (await this.delivered(recipient))[0], 20_000);
  }

  async #do(action: string): Promise<void> {
    await run(script, [action], { env: { ...process.env, PF_DIR: this.#folder, PF_PORT: String(this.port) } });
  }
}

/** A policy server of Postfix (SMTPD_POLICY_README) that turns each recipient away once. */
export async function greylisting(t: TestContext): Promise<{ readonly port: number }> {
  const seen = new Set<string>();
  const server: Server = createServer(socket => {
    let text = '';
    socket.on('error', () => {});
    socket.on('data', chunk => {
      text += chunk.toString('latin1');
      for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
        const recipient = /^recipient=(.*)$/m.exec(text.slice(0, end))?.[1] ?? '';
        text = text.slice(end + 2);
        const isNew = recipient.startsWith('grey') && !seen.has(recipient);
        seen.add(recipient);
        socket.write(`action=${isNew ? 'defer_if_permit 4.7.1 Greylisted, come back' : 'dunno'}\n\n`);
      }
    });
    t.after(() => socket.destroy());
  });
  const port = await freePort();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  t.after(() => server.close());
  return { port };
}
