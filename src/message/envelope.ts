/**
 * What an SMTP transaction carries beside the message itself (RFC 5321 2.3.1), with the delivery
 * status parameters of RFC 3461. Values only; nothing here does anything.
 */

export type Notify = 'NEVER' | 'SUCCESS' | 'FAILURE' | 'DELAY';

export interface EnvelopeRecipient {
  /** Address with an ASCII domain where that is possible; the local part as given. */
  readonly address: string;
  /** RFC 3461 4.1; empty means the default (FAILURE, and DELAY at our discretion). */
  readonly notify: readonly Notify[];
  /** RFC 3461 4.2, decoded, with its type: `rfc822;someone@example.com`. */
  readonly orcpt: string | null;
}

export interface Envelope {
  /** Empty string for the null reverse-path `<>`. */
  readonly reversePath: string;
  readonly recipients: readonly EnvelopeRecipient[];
  /** RFC 3461 4.3. */
  readonly ret: 'FULL' | 'HDRS' | null;
  /** RFC 3461 4.4, decoded. */
  readonly envid: string | null;
  /** BODY=8BITMIME was declared (RFC 6152). */
  readonly eightBitMime: boolean;
  /** SMTPUTF8 was declared (RFC 6531). */
  readonly smtpUtf8: boolean;
}

/** Where a message came from; null where there is nothing to say. */
export interface Origin {
  readonly source: 'SMTP' | 'DSN' | 'ADMIN' | 'PICKUP';
  readonly clientIp: string | null;
  readonly heloName: string | null;
  readonly listener: string | null;
  readonly account: string | null;
  readonly sessionId: string | null;
  /** The connector that is to take it, whatever its address spaces say. */
  readonly connector?: string;
}

/** What the spool keeps about an accepted message; immutable from the moment it was accepted. */
export interface AcceptedMessage {
  /** Unique, ascending number; its text form `id` is what people see. */
  readonly number: number;
  /** Queue id, in the 250 reply, the Received line and every log. */
  readonly id: string;
  readonly envelope: Envelope;
  readonly origin: Origin;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
  /** Bytes of the message with canonical line ends, trace headers included. */
  readonly size: number;
  readonly subject: string | null;
  readonly internetMessageId: string | null;
}
