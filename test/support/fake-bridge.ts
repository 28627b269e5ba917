/** The bridge in memory, for what is decided around it: exchanges with the answers that a test gives them. */
import type { TokenAnswer, TokenExchange, WindowsBridge } from '../../src/platform/windows-bridge.ts';

export class FakeExchange implements TokenExchange {
  readonly tokens: string[] = [];
  isEnded = false;
  readonly #answers: TokenAnswer[];

  constructor(answers: readonly TokenAnswer[]) {
    this.#answers = [...answers];
  }

  async step(token: Buffer): Promise<TokenAnswer> {
    this.tokens.push(token.toString('latin1'));
    return this.#answers.shift() ?? { kind: 'refused', why: 'NoAnswer' };
  }

  /** "Signed" is what begins with a mark. */
  async wrap(text: Buffer): Promise<Buffer | null> {
    return Buffer.concat([Buffer.from('signed:'), text]);
  }

  async unwrap(token: Buffer): Promise<Buffer | null> {
    return token.toString('latin1').startsWith('signed:') ? token.subarray('signed:'.length) : null;
  }

  end(): void {
    this.isEnded = true;
  }
}

/** @param passwords by name of a Windows account */
export const fakeBridge = (passwords: Readonly<Record<string, string>>): WindowsBridge => ({
  exchange: () => new FakeExchange([]),
  checkPassword: async (name, password) => (passwords[name] === password ? name.toUpperCase() : null),
});
