/**
 * The lines of a log file in batches, one for each 64 KiB read, so that memory stays flat however
 * large the file is. A file that has been removed meanwhile has no lines. A "line" beyond 1 MiB is
 * no line of a log and is left out.
 */
import { open } from 'node:fs/promises';

const BLOCK = 64 * 1024;
const LONGEST_LINE = 1024 * 1024;

export async function* lineBatches(path: string): AsyncGenerator<string[]> {
  const handle = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (handle === null) return;
  try {
    const block = Buffer.alloc(BLOCK);
    const decoder = new TextDecoder();
    let rest = '';
    let skipping = false;
    for (;;) {
      const { bytesRead } = await handle.read(block, 0, BLOCK);
      if (bytesRead === 0) break;
      const lines = (rest + decoder.decode(block.subarray(0, bytesRead), { stream: true })).split('\n');
      rest = lines.pop()!;
      if (skipping && lines.length > 0) {
        lines.shift();
        skipping = false;
      }
      if (skipping || rest.length > LONGEST_LINE) {
        rest = '';
        skipping = true;
      }
      yield lines.map(withoutReturn);
    }
    if (rest !== '') yield [withoutReturn(rest)];
  } finally {
    await handle.close();
  }
}

const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line);
