/**
 * Time as a thing that is handed in, so that tests can turn it by hand. Timers never keep the
 * process alive: what keeps it alive are its sockets.
 */

export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Runs `action` once, after `delay` milliseconds (long delays are waited in steps). */
  after(delay: number, action: () => void): Timer;
}

// setTimeout fires at once for delays above 2^31-1 ms.
const LONGEST = 0x7fffffff;

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delay, action) {
    let timer: NodeJS.Timeout;
    const arm = (left: number) => {
      const step = Math.max(0, Math.min(left, LONGEST));
      timer = setTimeout(() => (left > step ? arm(left - step) : action()), step);
      timer.unref();
    };
    arm(delay);
    return { cancel: () => clearTimeout(timer) };
  },
};
