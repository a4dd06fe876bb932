import { persistenceOf, profileAt } from "./expectation.ts";
import { M, MODELS, MODEL_SIZE, P, R, RING } from "./layout.ts";

/** Times their usual error from which some steps show another, and at most. */
const WIDER = 1.5;
const MOST_WIDER = 5;

/**
 * Where a level has moved to, the series may scatter more, as a latency does: the last steps show by how much, and errors are held to be that. What goes on from step
 * to step is no scatter, nor is where the season goes, if it still does.
 */
export function widenErrors(f: Float64Array, steps: number, least = WIDER): void {
  const values = Float64Array.from({ length: steps }, (_, k) => f[P.values + ((f[R.clock]! - 1 - k + RING) % RING)]!);
  const model = f[R.model]!;
  const goesOn = persistenceOf(f, P.models + model * MODEL_SIZE);
  let size = scatterOf(values, goesOn);
  if (model > 0) {
    const left = values.map((value, k) => value - profileAt(f, model, f[R.lastMs]! - k * f[R.spacingMs]!));
    size = Math.min(size, scatterOf(left, goesOn));
  }
  const wider = size / f[R.scale]!;
  if (!(wider > least)) return;
  for (let m = 0; m < MODELS; m++)
    f[P.models + m * MODEL_SIZE + M.error] = f[P.models + m * MODEL_SIZE + M.error]! * Math.min(MOST_WIDER, wider);
}

/** The mean size of what values, the newest first, are from their middle beyond what goes on of the one before. */
function scatterOf(values: Float64Array, goesOn: number): number {
  const sorted = values.toSorted();
  const before = values.length - 1;
  const middle = (sorted[before >> 1]! + sorted[values.length >> 1]!) / 2;
  let size = 0;
  for (let k = 0; k < before; k++) size += Math.abs(values[k]! - middle - goesOn * (values[k + 1]! - middle)) / before;
  return size;
}
