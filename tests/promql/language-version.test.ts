import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { LANGUAGE_VERSION } from "@sightline/shared/promql/language-version";

test("the version of Prometheus that is told is that of the grammar which reads its language", () => {
  const manifest = readFileSync(new URL("../../node_modules/@prometheus-io/lezer-promql/package.json", import.meta.url), "utf8");
  const { version } = JSON.parse(manifest) as { readonly version: string };
  expect(version.replace(/^0\.(\d)(\d\d)\./, (_, major: string, minor: string) => `${major}.${Number(minor)}.`)).toBe(LANGUAGE_VERSION);
});
