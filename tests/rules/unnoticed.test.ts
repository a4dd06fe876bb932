/** An anomaly too small to be told must not silence the one that is worth it. */
import { ByteReader } from "@sightline/shared/encoding/byte-reader";
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import type { Judgement } from "@sightline/shared/model/anomaly";
import { describe, expect, test } from "vitest";
import { DetectorFeed } from "../../worker/src/rules/detection/detector-feed.ts";

const START = Date.UTC(2026, 9, 5);
const STEPS = 1500;

interface Case {
  readonly name: string;
  readonly unit: string;
  /** What it is for long, and then step by step; the last for good. */
  readonly usual: number;
  readonly grows: readonly number[];
}

const CASES: readonly Case[] = [
  { name: "queue_depth", unit: "", usual: 0, grows: [1, 4, 20, 80, 200, 500] },
  { name: "queue_depth_after_a_blip", unit: "", usual: 0, grows: [1, ...Array.from({ length: 60 }, () => 0), 500] },
  { name: "swap_used_bytes", unit: "bytes", usual: 0, grows: [4096, 1e6, 1e8, 1e9, 8e9] },
  { name: "pool_used_ratio", unit: "ratio", usual: 0.01, grows: [0.014, 0.03, 0.1, 0.6, 0.97] },
  { name: "job_seconds", unit: "seconds", usual: 0.001, grows: [0.0014, 0.004, 0.1, 1, 30] },
];

interface Found extends Pick<Judgement, "kind" | "expected" | "reason"> {
  readonly step: number;
}

/** What is told, by the steps since the series was as usual; `restartAt`: before this one the server starts again. */
function told({ name, unit, usual, grows }: Case, stepMs: number, rich: boolean, restartAt?: number): Found[] {
  const labels = { __name__: name };
  const fed = (): DetectorFeed => {
    const made = new DetectorFeed(undefined, () => ({ labels, metadata: { type: "gauge", unit, help: "" } }));
    made.judgeAs(made.add(name, "gauge", labels), rich);
    return made;
  };
  const slot = 0;
  let feed = fed();
  const found: Found[] = [];
  for (let i = 0; i < STEPS + grows.length + 100; i++) {
    const step = i - STEPS;
    if (step === restartAt) {
      const writer = new ByteWriter(65_536);
      feed.save(slot, writer);
      feed = fed();
      expect(feed.load(slot, new ByteReader(writer.view()))).toBe(true);
    }
    feed.observe(slot, START + i * stepMs, step < 0 ? usual : (grows[step] ?? grows.at(-1) ?? usual));
    for (const { kind, expected, reason } of feed.take()) found.push({ step, kind, expected, reason });
  }
  return found;
}

describe.for([
  [15_000, true],
  [15_000, false],
  [300_000, true],
  [300_000, false],
] as const)("steps of %i ms, rich tier: %s", ([stepMs, rich]) => {
  test.for(CASES)("$name is told as it grows, and then as a level that has moved", (one) => {
    const [first, ...more] = told(one, stepMs, rich);
    expect(first?.step).toBeGreaterThan(0);
    expect(first?.step).toBeLessThan(one.grows.length);
    expect(more.map(({ kind }) => kind)).toContain("level_shift");
  });
});

test("a restart between what was too small and what has grown changes nothing", () => {
  for (const rich of [true, false])
    for (const one of CASES)
      for (const at of [1, 2]) {
        const [first] = told(one, 15_000, rich);
        if ((first?.step ?? 0) >= at) expect(told(one, 15_000, rich, at)[0], `${one.name} ${rich} ${at}`).toEqual(first);
      }
});

test("what grew is told from where it was before, to where it went", () => {
  for (const rich of [true, false])
    for (const one of CASES.filter(({ name }) => name === "queue_depth" || name === "pool_used_ratio"))
      for (const { expected, reason, kind } of told(one, 15_000, rich)) {
        expect(expected).toBeCloseTo(one.usual, 6);
        if (kind === "level_shift") expect(reason).toMatch(/^the level moved to about (500 from the usual 0|97% from the usual 1%)$/);
      }
});

test("what stays too small to be told is not told", () => {
  for (const rich of [true, false])
    for (const { name, unit, usual, grows } of CASES)
      expect(told({ name, unit, usual, grows: grows.slice(0, 1) }, 60_000, rich)).toEqual([]);
});
