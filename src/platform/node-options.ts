/**
 * How Node is started for the relay, as package.json says, so that every starter says the same: the
 * background host here, the start script, and the module's services. A small young generation keeps
 * the garbage of large messages from tripling the memory of the process; libuv reads the number of its
 * threads before any code runs, and 16 suits the many small files of a spool.
 */
import { readFileSync } from 'node:fs';

interface NodeOptions {
  readonly nodeFlags: readonly string[];
  readonly nodeEnvironment: Readonly<Record<string, string>>;
}

const { nodeFlags, nodeEnvironment } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as NodeOptions;

export { nodeEnvironment, nodeFlags };
