/** Series of different length, packed together, with samples on both sides of midnight: each keeps its own. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { SeriesStore } from "../../worker/src/storage/series-store.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { DAY, NOON, openStore, refOf } from "./open-store.ts";

const nothing = () => undefined;
const MIDNIGHT = NOON + DAY / 2;
const NOW = MIDNIGHT + DAY;
const SECOND = 1000;

/** So many samples, so far apart, the last so long after midnight. */
interface Shape {
  readonly samples: number;
  readonly apartMs: number;
  readonly endsMs: number;
}

type Samples = readonly (readonly [t: number, value: number])[];

/** Values that name their series: none passes for another's. */
const samplesOf = ({ samples, apartMs, endsMs }: Shape, series: number): Samples =>
  Array.from({ length: samples }, (_, i) => [MIDNIGHT + endsMs - (samples - 1 - i) * apartMs, series * 100_000 + i] as const);

function filled(database: NodeDatabase, shapes: readonly Shape[]): { readonly store: SeriesStore; readonly sent: readonly Samples[] } {
  const store = openStore(database, NOW, { sliceSamples: 1_000_000 });
  const sent = shapes.map(samplesOf);
  for (const [series, samples] of sent.entries()) {
    const ref = refOf(store, "m", { series: String(series).padStart(4, "0") });
    for (const [t, value] of samples) store.append(ref, t, value, NOW);
  }
  store.commit(NOW, nothing);
  return { store, sent };
}

function read(store: SeriesStore): readonly Samples[] {
  const refs = store.index.match([{ name: "__name__", op: "=", value: "m" }]);
  if (!refs.ok) throw new Error(refs.error.message);
  return store
    .read(refs.value, -Infinity, Infinity, NOW)
    .toSorted((a, b) => ((a.labels["series"] ?? "") < (b.labels["series"] ?? "") ? -1 : 1))
    .map(({ timestamps, values }) => Array.from(timestamps, (t, i) => [t, values[i] ?? NaN] as const));
}

test("a short series beside a long one, walked after it", () => {
  const long = { samples: 5000, apartMs: 100, endsMs: 600 * SECOND };
  const short = { samples: 61, apartMs: 60 * SECOND, endsMs: 1200 * SECOND };
  const database = new NodeDatabase();
  const { store, sent } = filled(database, [...Array.from({ length: 20 }, () => long), ...Array.from({ length: 40 }, () => short)]);
  store.flush(NOW, nothing);
  expect(read(store)).toEqual(sent);
  expect(read(openStore(database, NOW))).toEqual(sent);
});

test("series of any length, that end at any time around a midnight", () => {
  const shape = fc.record({
    samples: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 700 })),
    apartMs: fc.constantFrom(SECOND, 10 * SECOND, 60 * SECOND),
    endsMs: fc.integer({ min: -3, max: 120 }).map((minutes) => minutes * 60 * SECOND),
  });
  fc.assert(
    fc.property(fc.array(shape, { minLength: 17, maxLength: 50 }), (shapes) => {
      const { store, sent } = filled(new NodeDatabase(), shapes);
      store.flush(NOW, nothing);
      expect(read(store)).toEqual(sent);
    }),
    { numRuns: 40 },
  );
});
