/** What the query box lists by itself and what when asked; `|` marks the cursor. */
import type { PromqlMetadata } from "@sightline/shared/promql/editor/metadata";
import { queryCompletion } from "@sightline/shared/ui/query/query-completion";
import { describe, expect, test } from "vitest";

const metadata: PromqlMetadata = {
  metricNames: async () => ["up", "http.server.duration"],
  facts: async () => ({ up: [{ type: "gauge", unit: "", help: "Whether it answers." }] }),
  labelNames: async () => ["http.route"],
  labelValues: async () => ["it's"],
};

async function listed(marked: string, explicit = false): Promise<readonly string[]> {
  const pos = marked.indexOf("|");
  const doc = marked.replace("|", "");
  const found = await queryCompletion(metadata, doc, pos, explicit);
  return (found?.options ?? []).map(({ label, apply = label }) => `${doc.slice(0, found?.from)}${String(apply)}${doc.slice(found?.to)}`);
}

describe("the query box", () => {
  test.each([
    ["http.ser|", '{"http.server.duration"}'],
    ["rate(http.ser|[5m])", 'rate({"http.server.duration"}[5m])'],
    ["sum by (|) (up)", 'sum by ("http.route") (up)'],
    ["{'http.server.duration', 'http.route'='i|'}", "{'http.server.duration', 'http.route'='it\\'s'}"],
    ["sum(|)", "sum(up)"],
  ])("completes %s", async (marked, first) => {
    expect((await listed(marked))[0]).toBe(first);
  });

  test("leaves Enter to run an expression that may be whole, unless it is asked", async () => {
    expect(await listed("up |")).toEqual([]);
    expect(await listed("sum(up)|")).toEqual([]);
    expect(await listed("up |", true)).toContain("up offset");
  });
});
