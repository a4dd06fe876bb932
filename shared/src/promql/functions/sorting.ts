/** Orders of an instant vector. Range queries are ordered by labels whatever is asked. */
import { type Pace, sortStepwise, type Stepwise } from "../evaluation/pace.ts";
import { ABSENT, type Column, copyStep, FLOAT, isEmpty, newColumn } from "../evaluation/steps.ts";
import { compareText } from "../../model/text-order.ts";
import { compareLabels } from "../evaluation/label-order.ts";

/** Natural order of text: runs of digits that 64 bits hold compare as numbers, everything else as text. */
function compareNatural(a: string, b: string): number {
  if (a === b) return 0;
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

/** Of two values of a label. */
const LABEL_NS = 400;

/** Labels that any of the series has, each once: an expression may name thousands. */
function toldApart(columns: readonly Column[], labels: readonly string[]): string[] {
  const there = new Set<string>();
  for (const { labels } of columns) for (const name of Object.keys(labels)) there.add(name);
  return [...new Set(labels)].filter((label) => there.has(label));
}

export function* sortColumns(func: string, columns: readonly Column[], labels: readonly string[], pace: Pace): Stepwise<Column[]> {
  const byValueAlone = !func.startsWith("sort_by_label");
  if (columns.some(({ kinds }) => kinds.length > 1)) return byValueAlone ? columns.flatMap(floatsOf) : [...columns];
  const sign = func.endsWith("_desc") ? -1 : 1;
  if (!byValueAlone) {
    const told = toldApart(columns, labels);
    const byLabels = (a: Column, b: Column): number => {
      for (const label of told) {
        const order = compareNatural(a.labels[label] ?? "", b.labels[label] ?? "");
        if (order !== 0) return order * sign;
      }
      return compareLabels(a.labels, b.labels) * sign;
    };
    return yield* sortStepwise(columns, byLabels, pace, (told.length + 1) * LABEL_NS);
  }
  const byValue = (a: Column, b: Column): number => {
    const x = a.values[0] ?? NaN;
    const y = b.values[0] ?? NaN;
    if (x !== x || y !== y) return (x !== x ? 1 : 0) - (y !== y ? 1 : 0);
    return (x - y) * sign;
  };
  return yield* sortStepwise(columns.flatMap(floatsOf), byValue, pace);
}

/** Histograms cannot be sorted by value and are left out, also where nothing is sorted. */
function floatsOf(column: Column): Column[] {
  if (column.histograms === undefined) return column.kinds[0] === ABSENT && column.kinds.length === 1 ? [] : [column];
  const floats = newColumn(column.labels, column.kinds.length, column.dropName);
  for (let step = 0; step < column.kinds.length; step++) if (column.kinds[step] === FLOAT) copyStep(column, floats, step);
  return isEmpty(floats) ? [] : [floats];
}
