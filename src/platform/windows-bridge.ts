/**
 * What Windows and its domain know about clients, as the rest of the engine sees it: server-side NTLM,
 * Kerberos and SPNEGO (on Linux through GSSAPI), and passwords of Windows accounts. `windows.ts` carries
 * it with .NET; nothing here throws for what a client did.
 */

export type TokenAnswer =
  | { readonly kind: 'more'; readonly token: Buffer }
  | {
      readonly kind: 'done';
      /** The last word of the server, empty for none. */
      readonly token: Buffer;
      /** DOMAIN\user, or user@REALM. */
      readonly identity: string;
    }
  /** `why` is for the log only. */
  | { readonly kind: 'refused'; readonly why: string };

/** One exchange of tokens. It takes memory outside of Node: `end` it, however it went. */
export interface TokenExchange {
  /** The next token of the client; a refusal is the end. */
  step(token: Buffer): Promise<TokenAnswer>;
  /** After `done`: signed, for the client; null when that is not possible. */
  wrap(text: Buffer): Promise<Buffer | null>;
  /** After `done`: what the client signed; null when it did not. */
  unwrap(token: Buffer): Promise<Buffer | null>;
  end(): void;
}

export interface WindowsBridge {
  /** The package (NTLM, Kerberos, Negotiate) is that of the first token. */
  exchange(): TokenExchange;
  /** @returns the account as DOMAIN\user; null when the password is wrong, there is no such account, or this is no Windows. */
  checkPassword(name: string, password: string): Promise<string | null>;
}
