/**
 * The access token of one connector: kept while it is good, renewed five minutes before it ends, one
 * request at a time however many deliveries ask. While the endpoint is down a token that is still good
 * goes on being used.
 */
import type { Token } from './token-request.ts';

const EARLY = 300_000;

export interface TokenSourceOptions {
  /** @throws TokenTrouble */
  readonly request: () => Promise<Token>;
  readonly now: () => number;
  /** Told when requests begin to fail, with the reason, and when they succeed again. */
  readonly onChange: (trouble: string | null) => void;
}

export class TokenSource {
  readonly #options: TokenSourceOptions;
  #token: (Token & { readonly renewAt: number }) | null = null;
  #asking: Promise<string> | null = null;
  #trouble: string | null = null;

  constructor(options: TokenSourceOptions) {
    this.#options = options;
  }

  /**
   * A token that is good now.
   * @param refused one that a server just refused: it is not given again
   * @throws TokenTrouble
   */
  async get(refused: string | null = null): Promise<string> {
    if (refused !== null && this.#token?.value === refused) this.#token = null;
    const token = this.#token;
    const now = this.#options.now();
    if (token && now < token.renewAt) return token.value;
    try {
      return await this.#ask();
    } catch (error) {
      if (token && now < token.expiresAt) return token.value;
      throw error;
    }
  }

  #ask(): Promise<string> {
    this.#asking ??= this.#request().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  async #request(): Promise<string> {
    const asked = this.#options.now();
    try {
      const token = await this.#options.request();
      // Of a short life half is used.
      const renewAt = token.expiresAt - Math.min(EARLY, (token.expiresAt - asked) / 2);
      this.#token = { ...token, renewAt };
      this.#tell(null);
      return token.value;
    } catch (error) {
      this.#tell((error as Error).message);
      throw error;
    }
  }

  #tell(trouble: string | null): void {
    if (trouble === this.#trouble) return;
    this.#trouble = trouble;
    this.#options.onChange(trouble);
  }
}
