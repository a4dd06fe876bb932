import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { LANGUAGE_VERSION } from "@sightline/shared/promql/language-version";

test("the version of Prometheus that is told is that of the grammar which reads its language", () => {
  const manifest = readFileSync(new URL("../../shared/package.json", import.meta.url), "utf8");
  const pinned = /"@prometheus-io\/lezer-promql": "0\.(\d)(\d\d)\.(\d+)"/.exec(manifest) ?? [];
  expect(`${pinned[1]}.${Number(pinned[2])}.${pinned[3]}`).toBe(LANGUAGE_VERSION);
});
