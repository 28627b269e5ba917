/** Waits for a condition instead of sleeping. */

/** Resolves when `condition` holds. @throws after `timeout` milliseconds, saying what was waited for. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what = 'the condition',
  timeout = 5000,
): Promise<void> {
  const deadline = performance.now() + timeout;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`${what} did not come true within ${timeout} ms`);
    await new Promise(resolve => setTimeout(resolve, 2));
  }
}
