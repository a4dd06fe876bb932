import { visibleText } from "@sightline/shared/format/visible-text";
import { parseQuery } from "@sightline/shared/promql/engine";
import { expect, test } from "vitest";
import { escapeMarkdown } from "../../extension/src/trees/tree-node.ts";

test("no letter of a label turns round the figures beside it, and what is shown is PromQL's for the same", () => {
  const mount = "/data\u202e";
  expect(visibleText(`Disk ${mount}: 110% of 95 GiB`)).toBe("Disk /data\\u202e: 110% of 95 GiB");
  expect(escapeMarkdown(mount)).toBe("/data\\\\u202e");
  const parsed = parseQuery(`up{mountpoint="${visibleText(mount)}"}`);
  expect(parsed.ok && parsed.value.kind === "vector_selector" && parsed.value.matchers).toContainEqual({
    name: "mountpoint",
    op: "=",
    value: mount,
  });
});

test("letters of any script, tabs and lines stay", () => {
  for (const text of ["Größe 日本 שלום عربى ‌", "a\tb\nc", "👩‍💻"]) expect(visibleText(text)).toBe(text);
});
