import { expect, test } from "vitest";
import { plainYaml } from "@sightline/shared/format/plain-yaml";
import { readYaml } from "@sightline/shared/format/read-yaml";
import type { Result } from "@sightline/shared/model/result";

function plain(text: string): Result<unknown> {
  const { documents, faults } = readYaml(text);
  const [document] = documents;
  if (document === undefined || faults.length > 0) throw new Error(JSON.stringify(faults));
  return plainYaml(document, text);
}

test("aliases and merges are in their places", () => {
  expect(plain("a: &a {x: 1, y: [2]}\nb: {<<: *a, x: 3}\nc: [*a, *a]\nd: &a 4\ne: *a\n")).toEqual({
    ok: true,
    value: {
      a: { x: 1, y: [2] },
      b: { x: 3, y: [2] },
      c: [
        { x: 1, y: [2] },
        { x: 1, y: [2] },
      ],
      d: 4,
      e: 4,
    },
  });
});

test("anchors and aliases are read without going through the document for each", () => {
  const lines = Array.from({ length: 40_000 }, (_, i) => `k${i}: &a${i} v${i}\nl${i}: *a${i}\n`);
  const read = plain(lines.join(""));
  expect(read.ok && (read.value as Readonly<Record<string, unknown>>)["l39999"]).toBe("v39999");
});

test.each([
  ["a: &a [*a]", 'the anchor "a" contains itself at line 1, column 8.'],
  ["a: &a {<<: *a}", 'the anchor "a" contains itself at line 1, column 12.'],
  ["a: *b", 'unknown anchor "b" referenced at line 1, column 4.'],
  ["? [a]\n: 1", "the key of a field is a list or a map: give it a name at line 1, column 3."],
  ["a: {<<: 5}", "`<<` takes the fields of a map, or of a list of maps at line 1, column 9."],
  [
    Array.from({ length: 1000 }, (_, i) => `a${i}: &a${i} [${i === 0 ? "" : `*a${i - 1}`}]\n`).join(""),
    "lists and maps are more than 100 deep at line",
  ],
])("what stands for nothing readable is refused in words: %#", (text, message) => {
  expect(plain(text)).toMatchObject({ ok: false, error: { code: "bad_yaml", message: expect.stringContaining(message) } });
});
