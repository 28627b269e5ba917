/**
 * Tests that go on while an administrator watches: steps are asked for as they come. A test that nobody
 * asks for any more is cut off.
 */
import { randomBytes } from 'node:crypto';
import { RelayProblem } from '../contract/problems.ts';

const AT_A_TIME = 16;
/** Milliseconds. */
const ANSWER_WITHIN = 1_000;
const FORGOTTEN_AFTER = 15_000;

interface Run<Step> {
  readonly steps: Step[];
  readonly cancel: AbortController;
  done: boolean;
  /** Called when a step came or the test ended. */
  news: () => void;
  timer: NodeJS.Timeout;
}

export interface Page<Step> {
  readonly test: string;
  readonly steps: readonly Step[];
  readonly done: boolean;
}

export class TestRuns<Step> {
  readonly #runs = new Map<string, Run<Step>>();

  /** @throws RelayProblem Busy. */
  begin(work: (tell: (step: Step) => void, signal: AbortSignal) => Promise<void>): string {
    if (this.#runs.size >= AT_A_TIME) throw new RelayProblem('Busy', `${AT_A_TIME} tests are running already.`);
    const test = randomBytes(12).toString('base64url');
    const cancel = new AbortController();
    const run: Run<Step> = { steps: [], cancel, done: false, news: () => {}, timer: this.#timer(test) };
    this.#runs.set(test, run);
    void work(step => {
      run.steps.push(step);
      run.news();
    }, cancel.signal).finally(() => {
      run.done = true;
      run.news();
    });
    return test;
  }

  /** Steps after so many, at once or within a second. @throws RelayProblem NotFound. */
  async next(test: string, after: number): Promise<Page<Step>> {
    const run = this.#runs.get(test);
    if (!run)
      throw new RelayProblem('NotFound', 'This test is not running (any more).', [
        { path: 'test', value: test, message: 'is not known; begin again' },
      ]);
    clearTimeout(run.timer);
    if (run.steps.length <= after && !run.done)
      await new Promise<void>(resolve => {
        run.news = resolve;
        setTimeout(resolve, ANSWER_WITHIN);
      });
    run.timer = this.#timer(test);
    const { done } = run;
    if (done) this.cancel(test);
    return { test, steps: run.steps.slice(after), done };
  }

  cancel(test: string): void {
    const run = this.#runs.get(test);
    if (!run) return;
    clearTimeout(run.timer);
    this.#runs.delete(test);
    run.cancel.abort();
  }

  #timer(test: string): NodeJS.Timeout {
    return setTimeout(() => this.cancel(test), FORGOTTEN_AFTER).unref();
  }
}
