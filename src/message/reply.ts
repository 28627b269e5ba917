/**
 * An SMTP reply as a value (RFC 5321 4.2, RFC 3463). Pure.
 */

export interface Reply {
  readonly code: number;
  /** Enhanced status code such as `5.7.1`, or null when the server gave none. */
  readonly enhanced: string | null;
  /** Text without codes; the lines of a multi-line reply joined by a blank. */
  readonly text: string;
}

const LINE = /^(\d{3})[ -]?(?:([245]\.\d{1,3}\.\d{1,3})(?:\s|$))?(.*)$/;

/** Reads a reply as received, one or several lines. Null when it does not begin with a code. */
export function parseReply(raw: string): Reply | null {
  const lines = raw.split(/\r?\n/).filter(line => line !== '');
  const first = lines[0] === undefined ? null : LINE.exec(lines[0]);
  if (!first) return null;
  const text = lines.map(line => (LINE.exec(line)?.[3] ?? line).trim()).filter(part => part !== '');
  return { code: Number(first[1]), enhanced: first[2] ?? null, text: text.join(' ') };
}

/** One line, as written to logs and reports: `550 5.1.1 No such user`. */
export function formatReply(reply: Reply): string {
  return [String(reply.code), reply.enhanced, reply.text].filter(part => part !== null && part !== '').join(' ');
}

/**
 * 5yz is permanent; all else that is not 2yz or 3yz is temporary, also what makes no sense. 503 is
 * temporary too: "bad sequence of commands" speaks about the conversation, not about the mail.
 */
export function isPermanent(reply: Reply): boolean {
  return reply.code >= 500 && reply.code <= 599 && reply.code !== 503;
}

/** The status a report needs (RFC 3464 2.3.4): the enhanced code, or one made of the class. */
export function statusOf(reply: Reply): string {
  if (reply.enhanced !== null) return reply.enhanced;
  if (reply.code >= 200 && reply.code < 300) return '2.0.0';
  return isPermanent(reply) ? '5.0.0' : '4.0.0';
}
