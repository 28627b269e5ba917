/**
 * Wildcards as PowerShell users type them: `*` any characters, `?` exactly one; case does not matter
 * and everything else, brackets and backslash too, stands for itself. The whole text must match.
 * Not a regular expression: the worst case is length of pattern times length of text, never more.
 */

/** Prepares a pattern once and gives its test. */
export function wildcardMatcher(pattern: string): (text: string) => boolean {
  const wanted = fold(pattern);
  return text => matches(wanted, fold(text));
}

/** Single characters, each lower-cased for itself: lower-casing can change the number of them. */
function fold(text: string): string[] {
  return Array.from(text, character => character.toLowerCase());
}

/**
 * Greedy with one way back: when a later part fails, only the last `*` can usefully take one more,
 * because an earlier one would only find the same rest later.
 */
function matches(pattern: readonly string[], text: readonly string[]): boolean {
  let p = 0;
  let star = -1;
  let resume = 0;
  for (let t = 0; t < text.length; ) {
    if (pattern[p] === '*') {
      star = p++;
      resume = t;
    } else if (pattern[p] === '?' || pattern[p] === text[t]) {
      p++;
      t++;
    } else if (star !== -1) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}
