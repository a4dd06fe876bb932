// What a decode gives: columns of samples, and the label sets that it could not name with the runs of samples that wait
// for them. All grow together: no message has more series than samples, since series without samples are left to others.
import { SLACK, enlarge } from "./memory";
import { NEEDS_OBJECTS, raise } from "./fault";

const FIRST_CAPACITY: u32 = 4096;
const MAX_SAMPLES: u32 = 131072;

/** Pending series: key, its length, its hash, first sample, end of samples, the series before it (0: the pending one before). */
export const PENDING: u32 = 24;
/** Runs of samples: first, end, next run of the same label set plus one. */
const RUN: u32 = 12;
/** Unknown label sets: entry, last run plus one. */
const UNKNOWN: u32 = 8;

export let capacity: u32 = 0;
export let refs: u32 = 0;
export let times: u32 = 0;
export let values: u32 = 0;
export let pending: u32 = 0;
let runs: u32 = 0;
let unknown: u32 = 0;

export let count: u32 = 0;
export let pendingCount: u32 = 0;
let runCount: u32 = 0;
export let unknownCount: u32 = 0;

export function forgetColumns(): void {
  capacity = 0;
}

export function clearColumns(): bool {
  count = 0;
  pendingCount = 0;
  runCount = 0;
  unknownCount = 0;
  return capacity > 0 || growColumns();
}

export function growColumns(): bool {
  const from = capacity;
  const to = from == 0 ? FIRST_CAPACITY : from * 2;
  if (to > MAX_SAMPLES) return raise(NEEDS_OBJECTS, 0);
  values = enlarge(values, from * 8, to * 8);
  times = enlarge(times, from * 8, to * 8);
  refs = enlarge(refs, from * 4, to * 4);
  pending = enlarge(pending, from * PENDING, to * PENDING);
  runs = enlarge(runs, from * RUN, to * RUN);
  unknown = enlarge(unknown, from * UNKNOWN, to * UNKNOWN);
  if (values == 0 || times == 0 || refs == 0 || pending == 0 || runs == 0 || unknown == 0) {
    capacity = 0;
    return raise(NEEDS_OBJECTS, 0);
  }
  capacity = to;
  return true;
}

/** A sample, its ref to follow. Room was made. */
export function pushSample(value: u64, time: f64): void {
  store<u64>(values + (count << 3), value);
  store<f64>(times + (count << 3), time);
  count += 1;
}

/** Forgets the samples from `start` on. */
export function rewind(start: u32): void {
  count = start;
}

export function fillRefs(start: u32, end: u32, ref: i32): void {
  for (let p = refs + (start << 2), last = refs + (end << 2); p < last; p += 4) store<i32>(p, ref);
}

export function pushPending(key: u32, length: u32, hash: u32, start: u32, previous: u32): void {
  const at = pending + pendingCount * PENDING;
  store<u32>(at, key);
  store<u32>(at, length, 4);
  store<u32>(at, hash, 8);
  store<u32>(at, start, 12);
  store<u32>(at, count, 16);
  store<u32>(at, previous, 20);
  pendingCount += 1;
}

export function clearPending(): void {
  pendingCount = 0;
}

/** Index of a label set met for the first time. */
export function pushUnknown(entry: u32): u32 {
  const at = unknown + unknownCount * UNKNOWN;
  store<u32>(at, entry);
  store<u32>(at, 0, 4);
  return unknownCount++;
}

export function unknownEntry(i: u32): u32 {
  return load<u32>(unknown + i * UNKNOWN);
}

export function pushRun(i: u32, start: u32, end: u32): void {
  const head = unknown + i * UNKNOWN;
  const at = runs + runCount * RUN;
  store<u32>(at, start);
  store<u32>(at, end, 4);
  store<u32>(at, load<u32>(head, 4), 8);
  runCount += 1;
  store<u32>(head, runCount, 4);
  fillRefs(start, end, -1 - <i32>i);
}

/** Gives the samples of an unknown label set their ref. */
export function nameRuns(i: u32, ref: i32): void {
  let run = load<u32>(unknown + i * UNKNOWN, 4);
  while (run != 0) {
    const at = runs + (run - 1) * RUN;
    fillRefs(load<u32>(at), load<u32>(at, 4), ref);
    run = load<u32>(at, 8);
  }
}
