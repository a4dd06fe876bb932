import type { Unit } from "../../format/units.ts";

const DECIMAL = [1, 2, 2.5, 5, 10] as const;
const BINARY = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024] as const;

/** The top of an axis on which all values are zero: little enough to say "nothing", and a number one meets. */
const ZERO_SPAN: Readonly<Record<Unit, number>> = {
  none: 1,
  count: 1,
  per_second: 1,
  ratio: 0.1,
  seconds: 0.01,
  bytes: 2 ** 20,
  "bytes/s": 2 ** 10,
};

/** The distance of ticks on round numbers of the unit, so that about `count` of them fit into `span`. */
export function tickStep(span: number, count: number, unit: Unit): number {
  const raw = span / Math.max(1, count);
  if (!(raw > 0) || !Number.isFinite(raw)) return 1;
  if (unit === "bytes" || unit === "bytes/s") {
    const power = 1024 ** Math.max(0, Math.floor(Math.log2(raw) / 10));
    return (BINARY.find((multiple) => multiple * power >= raw) ?? 1024) * power;
  }
  const power = 10 ** Math.floor(Math.log10(raw));
  return (DECIMAL.find((multiple) => multiple * power >= raw * (1 - 1e-9)) ?? 10) * power;
}

/** Ticks inside [min, max] on multiples of the step. */
export function valueTicks(min: number, max: number, count: number, unit: Unit): readonly number[] {
  const step = tickStep(max - min, count, unit);
  const first = Math.ceil(min / step - 1e-9);
  const last = Math.floor(max / step + 1e-9);
  const ticks: number[] = [];
  for (let index = first; index <= last && ticks.length < 50; index++) ticks.push(index === 0 ? 0 : index * step);
  return ticks;
}

/**
 * The range of a value axis: from zero unless all is far above or below it, ending on a tick. A ratio shows 0–100% when
 * it comes near, so that 3% never looks like a crisis.
 */
export function valueRange(min: number | null, max: number | null, unit: Unit, ceiling?: number): readonly [number, number] {
  if (min === null || max === null || !Number.isFinite(min) || !Number.isFinite(max)) return [0, ceiling ?? 1];
  const low = Math.min(0, min);
  let high = Math.max(0, max);
  if (ceiling !== undefined && high > ceiling * 0.5 && high <= ceiling) high = ceiling;
  if (high === low) high = ZERO_SPAN[unit];
  const step = tickStep(high - low, 4, unit);
  return [low === 0 ? 0 : Math.floor(low / step) * step, Math.ceil(high / step - 1e-9) * step];
}
