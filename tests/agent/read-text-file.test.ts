import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { applyCommand } from "../../agent/src/cli/apply-command.ts";

test("a configuration that is not UTF-8 is not sent with other characters: the place is told", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sightline-latin-"));
  try {
    const file = join(folder, "rules.yml");
    writeFileSync(file, Buffer.from("groups:\n- name: caf\u00e9\n", "latin1"));
    let told = "";
    const say = (text: string): void => void (told += text);
    const io = { out: say, err: say, environment: {}, signal: new AbortController().signal };
    expect(await applyCommand([folder, "--url", "http://127.0.0.1:1", "--token", "x"], io)).toBe(2);
    expect(told).toContain("rules.yml: it is not UTF-8: byte 20 is 0xe9");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
