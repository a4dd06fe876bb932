import type { Judgement } from "./api.ts";
import { H } from "./layout.ts";

export function judge(head: Float64Array, h: number): Judgement | null {
  const steps = head[h + H.steps]!;
  if (steps < 12) return null;
  const unit = head[h + H.unit]!;
  const origin = head[h + H.origin]!;
  const expected = origin + head[h + H.expected]! * unit;
  const half = 4 * head[h + H.scale]! * unit;
  const value = head[h + H.lastValue]!;
  return {
    t: head[h + H.lastMs]!,
    value,
    expected,
    lower: expected - half,
    upper: expected + half,
    score: head[h + H.lastScore]!,
    kind: value >= expected ? "spike" : "dip",
    reason: `${value} where ${expected} is usual`,
  };
}
