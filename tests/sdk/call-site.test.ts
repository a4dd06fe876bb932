import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { describe, expect, it } from "vitest";

const fixtures = join(dirname(fileURLToPath(import.meta.url)), "fixtures");
const source = join(fixtures, "located.ts");

const run = (args: readonly string[]): Record<string, Record<string, string>> => {
  const labels = JSON.parse(execFileSync(process.execPath, [...args, fixtures], { encoding: "utf8" })) as Record<string, string>[];
  return Object.fromEntries(labels.map((set) => [set["__name__"] ?? "", set]));
};

const expected = {
  price_seconds: { code_function_name: "priceCart", code_file_path: "located.ts", code_line_number: "8" },
  total_seconds: { code_function_name: "Cart.total", code_file_path: "located.ts", code_line_number: "13" },
  orders_total: { code_function_name: "(module)", code_file_path: "located.ts", code_line_number: "19" },
};

describe("the source location of a metric", () => {
  it("is the function, file and line that took the measurement", () => {
    expect(run([source])).toMatchObject(expected);
  });

  it("is that of the source when the program is a bundle with a source map", () => {
    const directory = mkdtempSync(join(tmpdir(), "sightline-bundle-"));
    try {
      const outfile = join(directory, "bundle.mjs");
      buildSync({
        entryPoints: [source],
        outfile,
        bundle: true,
        format: "esm",
        platform: "node",
        sourcemap: "linked",
        keepNames: true,
        minifyWhitespace: true,
      });
      expect(run(["--enable-source-maps", outfile])).toMatchObject(expected);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
