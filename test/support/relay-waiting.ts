/** Ports nobody uses, and waiting for something to be so instead of for time to pass. */
import { createServer } from 'node:net';

const taken = new Set<number>();

/** A port nobody listens on, below those the system gives to outgoing connections. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 22_000);
    if (taken.has(port)) continue;
    if (!(await isFree(port))) continue;
    taken.add(port);
    return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  // Where there is no IPv6, all addresses are those of IPv4.
  for (const host of ['::', '0.0.0.0']) {
    const code = await new Promise<string | null>(resolve => {
      const server = createServer();
      server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
      server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(null)));
    });
    if (code === 'EADDRINUSE') return false;
  }
  return true;
}

/** Waits until something is so; says what it waited for when it does not happen. */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  patience = 10_000,
): Promise<Exclude<T, null | undefined | false>> {
  const deadline = performance.now() + patience;
  for (;;) {
    const value = await probe();
    if (value) return value as Exclude<T, null | undefined | false>;
    if (performance.now() > deadline) throw new Error(`It did not happen: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}
