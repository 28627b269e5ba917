/** Whether a mail host of somebody else can be reached, by its greeting. Nothing is sent to it. */
import { type NoAnswer, Probe } from '../deliver/test/probe.ts';
import { type Finding, failed, passed, warning } from './check.ts';

/** Milliseconds. */
const TIMES = { connect: 8000, reply: 8000 };
const CURE =
  'Open the port in the firewall or ask the provider; many block it. Else send through a smart host on port 587.';

export async function checkOutboundPort(host: string, address: string, port: number): Promise<Finding> {
  const never = new AbortController().signal;
  try {
    const probe = await Probe.connect({ host, address, port }, TIMES, never, null);
    try {
      const { code, text } = await probe.reply();
      const said = text.slice(0, 200);
      if (code === 220) return passed(`${address} greets: ${said}`);
      return warning(`${address} says: ${said}`, 'Test-SmtpReverseDns; perhaps the address is on a block list.');
    } finally {
      probe.end();
    }
  } catch (error) {
    const { why, message } = error as NoAnswer;
    if (why === 'timeout')
      return failed(`${address} port ${port} gives no answer: a firewall or the provider drops the connection.`, CURE);
    return failed(`${address} port ${port} can't be reached: ${message}.`, CURE);
  }
}
