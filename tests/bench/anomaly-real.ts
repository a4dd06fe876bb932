import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { createDetectorBank } from "@sightline/shared/anomaly/detector-bank";

/** As in NAB: a series' first 15%, at most 750 points, is not scored. */
const PROBATION = 0.15;
const LONGEST_PROBATION = 750;

const timeOf = (text: string): number => Date.parse(`${text.trim().replace(" ", "T").slice(0, 19)}Z`);

/** Points of NAB's series (`dir`: the folder with data and labels) that lie in no labelled window, and how many of them are told from `threshold` on. */
export function unlabelledPoints(
  dir: string,
  tier: "base" | "rich",
  threshold: number,
): { readonly series: number; readonly points: number; readonly told: number; readonly share: number } {
  const labels = JSON.parse(readFileSync(path.join(dir, "labels", "combined_windows.json"), "utf8")) as Record<
    string,
    readonly (readonly [string, string])[]
  >;
  const files = readdirSync(path.join(dir, "data"), { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".csv"));
  let points = 0;
  let told = 0;
  for (const file of files.sort()) {
    const windows = (labels[file] ?? []).map(([from, to]) => [timeOf(from), timeOf(to)] as const);
    const rows = readFileSync(path.join(dir, "data", file), "utf8")
      .trim()
      .split(/\r?\n/)
      .slice(1);
    const bank = createDetectorBank();
    const slot = bank.add();
    if (tier === "rich") bank.enrich(slot);
    rows.forEach((row, i) => {
      const [time = "", value = ""] = row.split(",");
      const t = timeOf(time);
      const score = bank.observe(slot, t, Number(value));
      if (i < Math.min(LONGEST_PROBATION, PROBATION * rows.length) || windows.some(([from, to]) => t >= from && t <= to)) return;
      points++;
      if (score >= threshold) told++;
    });
  }
  return { series: files.length, points, told, share: Number((told / Math.max(1, points)).toExponential(2)) };
}
