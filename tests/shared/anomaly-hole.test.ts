import { expect, test } from "vitest";
import { createDetectorBank } from "@sightline/shared/anomaly/detector-bank";
import { randomSource } from "../bench/anomaly-generator.ts";

const STEP_MS = 300_000;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const START = Date.UTC(2026, 9, 5);

test("where a level has moved behind a hole of ten hours the hours of the hole are as before, and no news a week later", () => {
  const later: string[] = [];
  for (let seed = 1; seed <= 10; seed++) {
    const random = randomSource(seed);
    const noise = (): number => random() + random() + random() + random() - 2;
    const bank = createDetectorBank();
    const slot = bank.add();
    bank.enrich(slot);
    const from = START + (seed % 7) * DAY_MS;
    const hole = from + 10.2 * DAY_MS + seed * 3.7 * HOUR_MS;
    for (let t = from; t < hole + 8.5 * DAY_MS; t += STEP_MS) {
      const day = (t - hole) / DAY_MS;
      if (day >= 0 && day < 0.42) continue;
      const hour = (t % DAY_MS) / HOUR_MS;
      const level = 100 * (1 + 0.3 * Math.exp(-(((hour - 14) / 3) ** 2) / 2)) * (1 + 0.17 * noise());
      if (bank.observe(slot, t, day > 0 ? 2.5 * level : level) >= 0.5 && day > 6.5)
        later.push(`${day.toFixed(2)} ${bank.judgement(slot)?.kind}`);
    }
  }
  expect(later.length).toBeLessThanOrEqual(1);
});
