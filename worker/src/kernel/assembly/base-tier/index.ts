// The base anomaly tier: `shared/src/anomaly/base-detector.ts` step for step and bit for bit, on rows in one linear memory, and what is done
// with most samples before. `wasm-base-tier.ts` is its only caller. `layout` and `tuning` are written by the build from the twins' own.
export { addCells, BATCH_ROOM, batch } from "./cells";
export { allocate, reserve } from "./memory";
export { step } from "./row-step";
export { isStep, newestMs, score, take, value } from "./samples";
