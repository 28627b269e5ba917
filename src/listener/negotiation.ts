/**
 * AUTH NTLM and AUTH GSSAPI: tokens go back and forth until the bridge knows the client. GSSAPI ends with
 * the offer of a security layer (RFC 4752 3.1), of which we take none; NTLM does not. The client's `*`
 * cancels (RFC 4954 4). Pure but for the bridge; whoever drives it sends the replies.
 */
import type { TokenExchange } from '../platform/windows-bridge.ts';

export type Mechanism = 'NTLM' | 'GSSAPI';

export type NegotiationAnswer =
  /** Base64 behind 334. */
  | { readonly kind: 'challenge'; readonly text: string }
  | { readonly kind: 'accepted'; readonly identity: string }
  /** The client gave up, or sent no base64: no guess at a password. */
  | { readonly kind: 'cancelled'; readonly code: 501; readonly text: string }
  | { readonly kind: 'failed'; readonly why: string };

/** Octets of one token: what a line of 64 KiB can carry. */
const TOKEN_AT_MOST = 48 * 1024;
/** "No security layer", and no size for one. */
const NO_LAYER = Buffer.from([1, 0, 0, 0]);
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const failed = (why: string): NegotiationAnswer => ({ kind: 'failed', why });
const challenge = (token: Buffer): NegotiationAnswer => ({ kind: 'challenge', text: token.toString('base64') });

export class Negotiation {
  readonly #mechanism: Mechanism;
  readonly #exchange: TokenExchange;
  /** What the next line of the client is. */
  #expects: 'token' | 'nothing' | 'layer' = 'token';
  #identity = '';

  constructor(mechanism: Mechanism, exchange: TokenExchange) {
    this.#mechanism = mechanism;
    this.#exchange = exchange;
  }

  /** @param line of the client; null when AUTH came without an initial response */
  async answer(line: string | null): Promise<NegotiationAnswer> {
    if (line === null) return challenge(Buffer.alloc(0));
    const answer = await this.#read(line.trim());
    if (answer.kind !== 'challenge') this.end();
    return answer;
  }

  /** Whatever becomes of the session: nothing stays behind in the bridge. */
  end(): void {
    this.#exchange.end();
  }

  async #read(line: string): Promise<NegotiationAnswer> {
    if (line === '*') return { kind: 'cancelled', code: 501, text: '5.7.0 Authentication cancelled' };
    const text = line === '=' ? '' : line;
    if (!BASE64.test(text)) return { kind: 'cancelled', code: 501, text: '5.5.2 That is no base64' };
    const token = Buffer.from(text, 'base64');
    if (token.length > TOKEN_AT_MOST) return failed('TokenTooLong');
    if (this.#expects === 'layer') return this.#readLayer(token);
    if (this.#expects === 'nothing') return token.length === 0 ? this.#offerLayer() : failed('UnexpectedToken');
    return this.#step(token);
  }

  async #step(token: Buffer): Promise<NegotiationAnswer> {
    const answer = await this.#exchange.step(token);
    if (answer.kind === 'refused') return failed(answer.why);
    if (answer.kind === 'more') return challenge(answer.token);
    this.#identity = answer.identity;
    // A last token of the server has no place in NTLM; clients do not miss it.
    if (this.#mechanism === 'NTLM') return { kind: 'accepted', identity: answer.identity };
    if (answer.token.length === 0) return this.#offerLayer();
    this.#expects = 'nothing';
    return challenge(answer.token);
  }

  async #offerLayer(): Promise<NegotiationAnswer> {
    const offer = await this.#exchange.wrap(NO_LAYER);
    if (offer === null) return failed('NoSecurityLayer');
    this.#expects = 'layer';
    return challenge(offer);
  }

  /** What the client chose, and in whose name it wants to act: only in its own. */
  async #readLayer(token: Buffer): Promise<NegotiationAnswer> {
    const choice = await this.#exchange.unwrap(token);
    if (choice === null || choice.length < 4 || choice[0] !== 1) return failed('SecurityLayer');
    const authzid = choice.toString('utf8', 4);
    if (authzid !== '' && authzid.toLowerCase() !== this.#identity.toLowerCase())
      return failed('AuthorizationIdentity');
    return { kind: 'accepted', identity: this.#identity };
  }
}
