import { RelayProblem } from '../contract/problems.ts';
import { parseMailbox } from '../message/address.ts';

/** An address an administrator typed. @throws RelayProblem InvalidParameter. */
export function requireMailbox(path: string, text: string): string {
  const mailbox = parseMailbox(text);
  if (!mailbox?.domain)
    throw new RelayProblem('InvalidParameter', `${path}: "${text}" is not a mail address.`, [
      { path, value: text, message: 'must be a mail address such as someone@example.com' },
    ]);
  return mailbox.address;
}
