/**
 * The agreement with the host of a Windows service (src/dotnet/service), which speaks to the system for the
 * relay: it starts Node with `--service`, reads one line when the relay serves, and closes the standard
 * input when it shall stop. The input also ends when the host dies, so that no relay outlives its service.
 */

import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The host, beside `dist/` in a package for Windows. It also does single things when it is asked to (Program.cs). */
export const SERVICE_PROGRAM = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'SmtpRelay.exe');

/** What the host waits for before it tells the system that the service runs. */
export const READY = 'SmtpRelay: ready\n';

/** Calls once, when the host wants the relay to stop or is gone. */
export function whenHostEnds(stop: () => void): void {
  const { stdin } = process;
  let told = false;
  const once = () => {
    if (!told) stop();
    told = true;
  };
  for (const event of ['end', 'close', 'error']) stdin.on(event, once);
  stdin.resume();
  // Nothing but the relay itself shall keep the process.
  stdin.unref?.();
}
