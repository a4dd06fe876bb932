import { step } from "./base-detector.ts";
import { createSlab } from "./layout.ts";

const STEPS = 240;
const STEP_MS = 15_000;
/** Monday, so that a whole day and its week begin with it. */
const START_MS = 1_704_067_200_000;

let rehearsed = false;

/**
 * Takes a detector that nobody asks through what series do in their lives (learning, known half hours, outliers, a level that
 * moves, noise, silence, a gap), once a process and in a few milliseconds. A compiler that sees ten thousand series be young
 * together knows only what young series do, and throws its code away at each age they reach: twenty times in the first
 * hundred samples of each, with all of them judged by slow code meanwhile.
 */
export function rehearse(): void {
  if (rehearsed) return;
  rehearsed = true;
  const slab = createSlab();
  let noise = 1;
  let tMs = START_MS;
  for (let i = 0; i < STEPS; i++) {
    noise = (Math.imul(noise, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    const uniform = noise / 0x8000_0000;
    const gapMs = i === 110 ? 3_600_000 : i % 50 === 49 ? STEP_MS + 1000 : STEP_MS;
    tMs += gapMs;
    step(slab, 0, tMs, gapMs, valueAt(i, uniform));
  }
}

function valueAt(i: number, uniform: number): number {
  if (i % 61 === 60) return i % 2 === 0 ? 40 : -40;
  if (i >= 205 && i < 230) return 9;
  if (i >= 160) return 12 + uniform * 8;
  if (i >= 115 && i < 145) return 6 + uniform;
  return uniform;
}
