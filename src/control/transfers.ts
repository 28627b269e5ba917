/**
 * Messages that come over the control port piece by piece. One whose next piece does not come is
 * forgotten, and so is one that fails; nothing of it is in the queue then.
 */
import { randomBytes } from 'node:crypto';
import { RelayProblem } from '../contract/problems.ts';
import type { WrittenMessage } from '../pickup/written-message.ts';

const AT_A_TIME = 16;
/** Milliseconds. */
const PAUSE_AT_MOST = 60_000;

interface Transfer {
  readonly message: WrittenMessage;
  timer: NodeJS.Timeout;
  busy: boolean;
}

export class Transfers {
  readonly #transfers = new Map<string, Transfer>();

  /** @returns its name, for `use`. @throws RelayProblem Busy. */
  add(message: WrittenMessage): string {
    if (this.#transfers.size >= AT_A_TIME)
      throw new RelayProblem('Busy', `${AT_A_TIME} messages are being put in already.`);
    const name = randomBytes(12).toString('base64url');
    this.#transfers.set(name, { message, timer: this.#timer(name), busy: false });
    return name;
  }

  /** The message of a name, for one piece. @throws RelayProblem NotFound; InvalidParameter when pieces are missing or doubled. */
  async use<T>(name: string, offset: number, run: (message: WrittenMessage) => Promise<T>): Promise<T> {
    const transfer = this.#transfers.get(name);
    if (!transfer)
      throw new RelayProblem('NotFound', 'The first pieces of this message are not here (any more).', [
        { path: 'transfer', value: name, message: 'is not known; begin again with the first piece' },
      ]);
    const { message } = transfer;
    if (transfer.busy || offset !== message.received)
      throw new RelayProblem('InvalidParameter', `offset: the next piece begins at ${message.received}.`, [
        { path: 'offset', value: offset, message: `must be ${message.received}, one piece after the other` },
      ]);
    clearTimeout(transfer.timer);
    transfer.busy = true;
    try {
      return await run(message);
    } catch (error) {
      await this.#forget(name);
      throw error;
    } finally {
      transfer.busy = false;
      if (this.#transfers.has(name)) transfer.timer = this.#timer(name);
    }
  }

  /** The message is in the queue. */
  done(name: string): void {
    this.#transfers.delete(name);
  }

  #timer(name: string): NodeJS.Timeout {
    return setTimeout(() => void this.#forget(name), PAUSE_AT_MOST).unref();
  }

  async #forget(name: string): Promise<void> {
    const transfer = this.#transfers.get(name);
    if (!transfer) return;
    this.#transfers.delete(name);
    clearTimeout(transfer.timer);
    await transfer.message.abort();
  }
}
