import type { AcceptedMessage } from '../message/envelope.ts';
import type { Outcome } from '../message/outcome.ts';

/**
 * Everything that can happen, as one typed list. Whoever makes something happen calls `emit`; the
 * protocol log, the tracking log, the activity log and the statistics each take what is theirs.
 * No event carries a password, a token or a message body.
 */
export type RelayEvent =
  // --- conversations (protocol log) ---
  | ({ readonly type: 'protocol' } & ProtocolLine)
  // --- messages (tracking log) ---
  | {
      readonly type: 'received';
      readonly message: AcceptedMessage;
      readonly localAddress: string | null;
      /** The client's name by DNS, where it leads back. */
      readonly clientName?: string | null;
      /** `TLSv1.3`; null for a message in the clear. */
      readonly tlsVersion?: string | null;
    }
  | {
      readonly type: 'attempted';
      readonly message: AcceptedMessage;
      /** Empty for a drop folder, which needs none. */
      readonly connector: string;
      readonly nextHop: string;
      /** By SMTP, or into a drop folder (Exchange's word for what leaves by files). */
      readonly source: 'SMTP' | 'GATEWAY';
      /** Index into the envelope's recipients, with what became of it. */
      readonly results: readonly {
        readonly index: number;
        readonly outcome: Outcome;
        readonly nextAttempt: number | null;
      }[];
    }
  | {
      readonly type: 'report';
      /** The message the report is about. */
      readonly message: AcceptedMessage;
      readonly reportId: string;
      readonly kind: 'failed' | 'delayed' | 'relayed' | 'delivered';
      readonly recipients: readonly string[];
    }
  | {
      readonly type: 'badmail';
      readonly message: AcceptedMessage;
      readonly recipients: readonly string[];
      readonly reason: string;
      readonly file: string;
    }
  | {
      readonly type: 'dropped';
      readonly message: AcceptedMessage;
      readonly recipients: readonly string[];
      readonly reason: string;
    }
  /** An administrator gave waiting recipients to a connector. */
  | {
      readonly type: 'redirected';
      readonly message: AcceptedMessage;
      readonly recipients: readonly string[];
      readonly connector: string;
      /** Where they waited before. */
      readonly from: string;
    }
  // --- the service (activity log) ---
  | {
      readonly type: 'refused';
      readonly sessionId: string;
      readonly clientIp: string;
      readonly listener: string;
      readonly stage: string;
      readonly rule: string;
      readonly reply: string;
      readonly sender: string | null;
      readonly recipient: string | null;
    }
  | {
      readonly type: 'logon';
      readonly sessionId: string;
      readonly clientIp: string;
      readonly listener: string;
      readonly account: string;
      readonly success: boolean;
    }
  | {
      readonly type: 'queue';
      readonly nextHop: string;
      readonly connector: string;
      readonly status: string;
      readonly reason: string | null;
      readonly nextRetry: number | null;
    }
  | { readonly type: 'settings'; readonly settingsVersion: number; readonly what: string }
  | { readonly type: 'quarantined'; readonly what: string; readonly reason: string; readonly movedTo: string | null }
  | {
      readonly type: 'service';
      readonly level: 'info' | 'warn' | 'error';
      readonly what: string;
      readonly detail?: Readonly<Record<string, string | number | boolean | null>>;
    };

/** One command with its reply (inbound), or one command or reply (outbound), as IIS logs them. */
export interface ProtocolLine {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly direction: 'Inbound' | 'Outbound';
  /** Inbound: the command with its reply. Outbound: `command` or `response`. */
  readonly part: 'exchange' | 'command' | 'response';
  readonly peerAddress: string;
  readonly localAddress: string | null;
  /** Inbound: our port. Outbound: the peer's port. */
  readonly port: number;
  readonly heloName: string | null;
  /** Verb; null for an outbound response. */
  readonly verb: string | null;
  /** What followed the verb, credentials masked; for a response its text with the code. */
  readonly argument: string | null;
  /** Reply code; null for an outbound command. */
  readonly code: number | null;
  /** Reply text with its enhanced code; null for an outbound command. */
  readonly reply: string | null;
  /** Of an outbound response of several lines. */
  readonly firstLine?: string | null;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** Milliseconds from the command to its reply. */
  readonly elapsed: number;
  readonly sessionId: string;
  readonly messageId: string | null;
  /** The Message-ID of what came with an inbound DATA. */
  readonly internetMessageId?: string | null;
  /** Milliseconds since an inbound session began. */
  readonly sessionTime?: number | null;
  readonly listener: string | null;
  readonly connector: string | null;
  /** The policy rule behind a refusal; never told to the client. */
  readonly rule: string | null;
  /** Version and cipher, `TLSv1.3 TLS_AES_256_GCM_SHA384`; null in clear text. */
  readonly tls: string | null;
}

export type Emit = (event: RelayEvent) => void;
