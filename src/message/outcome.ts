import type { Reply } from './reply.ts';

/**
 * What became of one recipient in one delivery attempt. Temporary or permanent is decided where the
 * reply was heard; when in doubt it is temporary. `reply` is never empty: where no server spoke, it
 * is a reply of our own (`remote` null) that says what happened.
 */
export type Outcome =
  | {
      readonly kind: 'delivered';
      readonly reply: Reply;
      readonly remote: Remote | null;
      readonly dsnHandedOver: boolean;
      /** The file of a final delivery: no other system takes the message further. */
      readonly droppedAs?: string;
    }
  | { readonly kind: 'deferred'; readonly reply: Reply; readonly remote: Remote | null }
  | { readonly kind: 'failed'; readonly reply: Reply; readonly remote: Remote | null };

/** The server that spoke. */
export interface Remote {
  readonly host: string;
  readonly address: string;
  readonly port: number;
  /** What was agreed with it; not there in clear text. */
  readonly tls?: { readonly version: string; readonly cipher: string; readonly verifiedBy?: string };
}

/**
 * What became of one transaction: either every recipient has an outcome, or the next hop itself
 * could not be used and no recipient was tried.
 */
export type TransactionResult =
  | {
      readonly kind: 'tried';
      readonly outcomes: readonly Outcome[];
      /** What put recipients off: the server wants messages more slowly. */
      readonly throttled?: Reply;
    }
  | {
      readonly kind: 'unreachable';
      readonly reply: Reply;
      readonly remote: Remote | null;
      /** What we log on with is missing or refused: our settings are to be mended, and no mail grows too old by it. */
      readonly logOnFailed?: true;
      /** It works, and takes no more connections or messages now. */
      readonly throttled?: true;
      /** Milliseconds that the next hop wants to be left alone. */
      readonly retryAfter?: number;
    };
