import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { runScript } from "./script/run-script.ts";

const folder = fileURLToPath(new URL("../../../shared/datasets/promqltest/", import.meta.url));
const scripts = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".test")) : [];
if (scripts.length === 0) console.log("skipped: the promqltest scripts of ../shared/datasets are absent");

test.skipIf(scripts.length === 0).each(scripts)("the engine agrees with every case of %s", (name) => {
  const report = runScript(readFileSync(`${folder}${name}`, "utf8"));
  expect(report.failures).toEqual([]);
  expect(report.total).toBeGreaterThan(0);
});
