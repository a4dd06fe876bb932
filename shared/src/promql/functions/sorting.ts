/** Orders of an instant vector. Range queries are ordered by labels whatever is asked. */
import { type Pace, sortStepwise, type Stepwise } from "../evaluation/pace.ts";
import { type Column, FLOAT } from "../evaluation/steps.ts";
import { compareText } from "../../model/text-order.ts";
import { compareLabels } from "../evaluation/label-order.ts";

/** Natural order of text: runs of digits that 64 bits hold compare as numbers, everything else as text. */
function compareNatural(a: string, b: string): number {
  const left = a.match(/\d+|\D+/g) ?? [];
  const right = b.match(/\d+|\D+/g) ?? [];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const x = left[i] ?? "";
    const y = right[i] ?? "";
    if (x === y) continue;
    if (INTEGER.test(x) && INTEGER.test(y)) {
      const [left, right] = [BigInt(x), BigInt(y)];
      if (left !== right) return left < right ? -1 : 1;
    }
    return compareText(x, y);
  }
  return left.length - right.length;
}

const INTEGER = /^\d{1,18}$/;

export function* sortColumns(func: string, columns: readonly Column[], labels: readonly string[], pace: Pace): Stepwise<Column[]> {
  if (columns.some(({ kinds }) => kinds.length > 1)) return [...columns];
  const sign = func.endsWith("_desc") ? -1 : 1;
  if (func.startsWith("sort_by_label")) {
    const byLabels = (a: Column, b: Column): number => {
      for (const label of labels) {
        const order = compareNatural(a.labels[label] ?? "", b.labels[label] ?? "");
        if (order !== 0) return order * sign;
      }
      return compareLabels(a.labels, b.labels) * sign;
    };
    return yield* sortStepwise(columns, byLabels, pace);
  }
  const byValue = (a: Column, b: Column): number => {
    const x = a.values[0] ?? NaN;
    const y = b.values[0] ?? NaN;
    if (x !== x || y !== y) return (x !== x ? 1 : 0) - (y !== y ? 1 : 0);
    return (x - y) * sign;
  };
  // Histograms cannot be sorted by value and are left out.
  const floats = columns.filter((column) => column.kinds[0] === FLOAT);
  return yield* sortStepwise(floats, byValue, pace);
}
