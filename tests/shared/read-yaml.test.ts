import { expect, test } from "vitest";
import { readYaml } from "@sightline/shared/format/read-yaml";
import { diagnoseRuleFile } from "@sightline/shared/promql/editor/rule-file";

const numbered = (count: number): string => Array.from({ length: count }, (_, i) => `k${i}: ${i}`).join("\n");

test("a map of many keys is read, and a key that is there twice is told, without comparing each with each", () => {
  const { documents, faults } = readYaml(`${numbered(100_000)}\nk7: again\n`);
  expect(documents).toHaveLength(1);
  expect(faults).toEqual([
    { message: "This is not YAML: Map keys must be unique.", from: numbered(100_000).length + 1, to: expect.any(Number) },
  ]);
});

test.each([
  ["lists in a line", "[".repeat(480_000), "more than 100 deep"],
  ["maps in a line", "{a: ".repeat(120_000), "more than 100 deep"],
  ["items in a line", "- ".repeat(240_000), "more than 100 deep"],
  ["mistakes", `[${"}".repeat(400_000)}`, "This is not YAML"],
  ["escapes of nothing", `"${String.raw`\q`.repeat(240_000)}"`, "escape nothing"],
  ["documents", "---\n".repeat(120_000), "more than 1000 documents"],
])("too many %s end the reading", (_, text, message) => {
  expect(readYaml(text)).toMatchObject({ documents: [], faults: [{ message: expect.stringContaining(message) }] });
});

test("escapes are as YAML has them", () => {
  const text = String.raw`"\\q\"\/\x41\u00e9\U0001F600\n\_"`;
  expect(readYaml(`- ${text}\n`.repeat(200))).toMatchObject({ documents: [{}], faults: [] });
  expect(readYaml(String.raw`"\q"`)).toMatchObject({ faults: [{ message: expect.stringContaining("Invalid escape") }] });
});

test("remarks, documents and lists of usual size are no matter", () => {
  const text = `${"# a remark\n\n".repeat(2000)}a: [[[[1]]]]\n---\n- - - 1\n`;
  expect(readYaml(text)).toMatchObject({ documents: [{}, {}], faults: [] });
});

test("an editor reads as much of a rule file as a person edits, and tells so many mistakes", async () => {
  const rules = (count: number, expr: string): string =>
    `groups:\n- name: g\n  rules:\n${Array.from({ length: count }, (_, i) => `  - {record: r${i}, expr: ${expr}}\n`).join("")}`;
  let pauses = 0;
  const pause = (): Promise<void> => Promise.resolve(void pauses++);
  expect(await diagnoseRuleFile(rules(1000, "up"), null, pause)).toEqual([]);
  expect(pauses).toBe(20);
  expect((await diagnoseRuleFile(rules(5000, "x("), null)).length).toBeLessThanOrEqual(1000);
  expect(await diagnoseRuleFile(rules(20_000, "up"), null)).toMatchObject([{ message: expect.stringContaining("more than 150000 words") }]);
});
