/**
 * On which line of the open text a timing is shown: the declaration of its function nearest to the reported line, for
 * the text may have been edited since the service started; the reported line itself when no declaration is found.
 */
import type { CodeTiming } from "./timing.ts";

export interface PlacedTiming {
  /** Counts from 0. */
  readonly line: number;
  /** All that is shown on that line, the slowest first. */
  readonly timings: readonly CodeTiming[];
}

export function placeTimings(timings: readonly CodeTiming[], text: string): readonly PlacedTiming[] {
  const lines = text.split(/\r?\n/);
  const byLine = new Map<number, CodeTiming[]>();
  for (const timing of timings) {
    const line = lineOf(timing, lines);
    if (line === null) continue;
    byLine.set(line, [...(byLine.get(line) ?? []), timing]);
  }
  return [...byLine]
    .toSorted((left, right) => left[0] - right[0])
    .map(([line, here]) => ({ line, timings: here.toSorted((left, right) => (right.p95Seconds ?? -1) - (left.p95Seconds ?? -1)) }));
}

function lineOf(timing: CodeTiming, lines: readonly string[]): number | null {
  const reported = timing.line - 1;
  const name = plainName(timing.functionName);
  if (name !== null) {
    const pattern = declarationOf(name);
    // Most lines do not even hold the name: that is quicker to see than that none of the patterns fits.
    const declares = (line: string): boolean => line.includes(name) && pattern.test(line);
    const above = lines.slice(0, reported + 1).findLastIndex(declares);
    if (above >= 0) return above;
    const below = lines.slice(reported + 1).findIndex(declares);
    if (below >= 0) return reported + 1 + below;
  }
  return reported < lines.length ? reported : null;
}

/** "charge" of "Carts.#charge"; null for code without a name, such as "(module)". */
function plainName(functionName: string): string | null {
  const name = /(?:^|[.#:\s])([A-Za-z_$][\w$]*)$/.exec(functionName)?.[1];
  return name === undefined || name === "anonymous" ? null : name;
}

/** Matches a line that declares the function in the usual languages. */
function declarationOf(name: string): RegExp {
  const quoted = name.replaceAll("$", String.raw`\$`);
  const end = String.raw`(?![\w$])`;
  return new RegExp(
    [
      String.raw`\b(?:function\s*\*?|def|fn|func|fun)\s+${quoted}${end}`,
      String.raw`(?<![\w$.])${quoted}\s*(?::[^=]+)?=\s*(?:async\b\s*)?(?:function\b|\([^)]*$|\(.*=>|[\w$]+\s*=>)`,
      String.raw`(?<![\w$.])${quoted}\s*:\s*(?:async\b\s*)?(?:function\b|\(.*=>|[\w$]+\s*=>)`,
      String.raw`^\s*(?:(?:public|private|protected|static|override|async|get|set|export)\s+)*\*?\s*#?${quoted}\s*(?:<[^>]*>)?\([^;]*\{\s*$`,
    ].join("|"),
  );
}
