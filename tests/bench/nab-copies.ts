/**
 * NAB's labelled series, perturbed: what a detector scores on copies of a series predicts what it scores on others better than what it scores on the series
 * itself, to which its constants were fitted. Nineteen copies of each, the first as it is; all randomness is from the series' name.
 */
import { readFileSync } from "node:fs";
import path from "node:path";

export interface LabelledSeries {
  readonly name: string;
  readonly category: string;
  readonly times: Float64Array;
  readonly values: Float64Array;
  /** First and last step of each labelled window, in order. */
  readonly windows: readonly (readonly [number, number])[];
}

type Copy = (series: LabelledSeries) => LabelledSeries;

const HOUR_MS = 3_600_000;
/** A late start leaves at least so many steps. */
const FEWEST_STEPS = 500;
/** A window that keeps fewer steps is none. */
const FEWEST_IN_WINDOW = 5;

/** `dir`: NAB's folder, with `data` and `labels/combined_windows.json`. */
export function labelledSeries(dir: string): LabelledSeries[] {
  const labels = JSON.parse(readFileSync(path.join(dir, "labels", "combined_windows.json"), "utf8")) as Record<string, [string, string][]>;
  return Object.entries(labels).map(([name, windows]) => {
    const rows = readFileSync(path.join(dir, "data", name), "utf8")
      .trim()
      .split(/\r?\n/)
      .slice(1);
    const stamps = rows.map((row) => row.slice(0, 19));
    const at = new Map(stamps.map((stamp, i) => [stamp, i]));
    const place = (stamp: string): number => at.get(stamp.slice(0, 19)) ?? -1;
    return {
      name,
      category: path.dirname(name),
      times: Float64Array.from(stamps, (stamp) => Date.parse(`${stamp.replace(" ", "T")}Z`)),
      values: Float64Array.from(rows, (row) => Number(row.split(",")[1])),
      windows: windows.map(([from, to]) => [place(from), place(to)] as const).sort((left, right) => left[0] - right[0]),
    };
  });
}

const seedOf = (series: LabelledSeries): number =>
  Array.from(series.name).reduce((hash, char) => (hash * 31 + char.charCodeAt(0)) >>> 0, 7);

/** Tommy Ettinger's mulberry32: seeds that follow each other give unlike numbers. */
function randomOf(series: LabelledSeries, salt: number): () => number {
  let state = (seedOf(series) + salt) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const normal = (random: () => number): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
const mean = (values: Float64Array): number => values.reduce((sum, x) => sum + x, 0) / values.length;
const quantile = (values: Float64Array, share: number): number => Float64Array.from(values).sort()[Math.floor(share * values.length)] ?? 0;

function deviation(values: Float64Array): number {
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, x) => sum + (x - middle) ** 2, 0) / values.length) || 1;
}

/** The steps at the places `kept`, in that order; `timeOf` gives the time of the i-th, by default its own. */
function pick(series: LabelledSeries, kept: readonly number[], timeOf?: (i: number) => number): LabelledSeries {
  const windows = series.windows
    .map(([from, to]) => {
      const inside = (place: number): boolean => place >= from && place <= to;
      return [kept.findIndex(inside), kept.findLastIndex(inside)] as const;
    })
    .filter(([first, last]) => first >= 0 && last - first + 1 >= FEWEST_IN_WINDOW)
    .sort((left, right) => left[0] - right[0]);
  return {
    ...series,
    windows,
    values: Float64Array.from(kept, (place) => series.values[place] ?? 0),
    times: Float64Array.from(kept, (place, i) => timeOf?.(i) ?? series.times[place] ?? 0),
  };
}

const places = (count: number, placeOf: (i: number) => number): number[] =>
  Array.from({ length: Math.max(0, count) }, (_, i) => placeOf(i));
const withValues = (series: LabelledSeries, valueOf: (x: number, i: number) => number): LabelledSeries => ({
  ...series,
  values: series.values.map(valueOf),
});

const reversed: Copy = (series) => {
  const last = series.values.length - 1;
  const ends = (series.times[0] ?? 0) + (series.times[last] ?? 0);
  return pick(
    series,
    places(last + 1, (i) => last - i),
    (i) => ends - (series.times[last - i] ?? 0),
  );
};

/** After the window that a step lies in. */
const outsideWindow = (series: LabelledSeries, step: number): number => {
  const hit = series.windows.find(([from, to]) => step >= from && step <= to);
  return hit === undefined ? step : hit[1] + 1;
};

const lateStart =
  (share: number): Copy =>
  (series) => {
    const count = series.values.length;
    const from = outsideWindow(series, Math.floor(count * share * (0.5 + randomOf(series, 1000 * share)())));
    return count - from < FEWEST_STEPS
      ? series
      : pick(
          series,
          places(count - from, (i) => from + i),
        );
  };

/** `sizeOf`: standard deviation of what is added. */
const noisy =
  (salt: number, sizeOf: (values: Float64Array) => number): Copy =>
  (series) => {
    const random = randomOf(series, salt);
    const size = sizeOf(series.values);
    return withValues(series, (x) => x + size * normal(random));
  };

const usualStep = (values: Float64Array): number =>
  quantile(
    values.slice(1).map((x, i) => Math.abs(x - (values[i] ?? x))),
    0.5,
  );

const everyOther =
  (first: number): Copy =>
  (series) =>
    pick(
      series,
      places(Math.floor(series.values.length / 2), (i) => 2 * i + first),
    );

const thinned: Copy = (series) => {
  const random = randomOf(series, 3);
  return pick(
    series,
    places(series.values.length, (i) => i).filter(() => random() > 0.3),
  );
};

const bent =
  (floor: number, power: number): Copy =>
  (series) => {
    const low = series.values.reduce((least, x) => Math.min(least, x), Infinity);
    const high = series.values.reduce((most, x) => Math.max(most, x), -Infinity);
    return withValues(series, (x) => ((x - low) / (high - low) + floor) ** power);
  };

const wobbling: Copy = (series) => {
  const random = randomOf(series, 4);
  const [slow, fast] = [2 * Math.PI * random(), 2 * Math.PI * random()];
  const middle = mean(series.values);
  const turn = 1 / series.values.length;
  return withValues(
    series,
    (x, i) => middle + (x - middle) * (1 + 0.1 * Math.sin(slow + 9 * i * turn) + 0.07 * Math.sin(fast + 31 * i * turn)),
  );
};

const coarse: Copy = (series) => {
  const level = (quantile(series.values, 0.99) - quantile(series.values, 0.01)) / 40 || 1;
  return withValues(series, (x) => Math.round(x / level) * level);
};

/** Stretches of it go by slower and faster, by a fifth. */
const warped: Copy = (series) => {
  const random = randomOf(series, 5);
  const last = series.values.length - 1;
  const kept: number[] = [];
  for (let place = 0; place < last;) {
    const steps = Math.floor(100 + random() * 300);
    const speed = 0.8 + 0.45 * random();
    for (let k = 0; k < steps / speed && place < last; k++, place += speed) kept.push(Math.floor(place));
  }
  const start = series.times[0] ?? 0;
  const spacing = ((series.times[last] ?? 0) - start) / last;
  return pick(series, kept, (i) => start + i * spacing);
};

const otherClock: Copy = (series) => {
  const shift = Math.floor(randomOf(series, 0)() * 168) * HOUR_MS;
  return { ...series, times: series.times.map((t) => t + shift) };
};

const clipped: Copy = (series) => {
  const [low, high] = [quantile(series.values, 0.001), quantile(series.values, 0.999)];
  return withValues(series, (x) => Math.max(low, Math.min(high, x)));
};

const exchanged: Copy = (series) => {
  const count = series.values.length;
  const cut = outsideWindow(series, Math.floor(count * (0.4 + 0.2 * randomOf(series, 6)())));
  if (cut > count - 50) return series;
  return pick(
    series,
    places(count, (i) => (cut + i) % count),
    (i) => series.times[i] ?? 0,
  );
};

/** A quarter as much of another series as it varies itself, without that one's windows, there and back. */
function laidOver(all: readonly LabelledSeries[]): LabelledSeries[] {
  return all.map((series, at) => {
    const other = all[(7 * at + 5) % all.length] ?? series;
    const share = (0.25 * deviation(series.values)) / deviation(other.values);
    const middle = mean(other.values);
    const free = other.values.filter((_, i) => !other.windows.some(([from, to]) => i >= from && i <= to));
    return withValues(series, (x, i) => {
      const k = i % (2 * free.length);
      return x + share * ((free[k < free.length ? k : 2 * free.length - 1 - k] ?? middle) - middle);
    });
  });
}

const COPIES: Readonly<Record<string, Copy>> = {
  "as it is": (series) => series,
  reversed,
  "late start 10%": lateStart(0.1),
  "late start 25%": lateStart(0.25),
  "late start 40%": lateStart(0.4),
  noise: noisy(0, (values) => 0.05 * deviation(values)),
  "noise of its steps": noisy(1, (values) => 0.7 * usualStep(values)),
  "even steps": everyOther(0),
  "odd steps": everyOther(1),
  "30% dropped": thinned,
  "power 0.6": bent(0.02, 0.6),
  "power 1.5": bent(0.1, 1.5),
  wobbling,
  "40 levels": coarse,
  warped,
  "another clock": otherClock,
  clipped,
  "halves exchanged": exchanged,
};

export function copiesOf(all: readonly LabelledSeries[]): { name: string; series: LabelledSeries[] }[] {
  const copies = Object.entries(COPIES).map(([name, copy]) => ({ name, series: all.map(copy) }));
  return [...copies, { name: "another laid over", series: laidOver(all) }];
}
