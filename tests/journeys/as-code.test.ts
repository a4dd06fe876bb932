/** Every directory of examples/as-code, applied to the stack by the command as a user types it. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { applyCommand } from "../../agent/src/cli/apply-command.ts";
import { testRules } from "../../agent/src/cli/rules-command.ts";
import { type Stack, discard, repository, startStack } from "../support/stack.ts";

const examples = join(repository, "examples", "as-code");
let stack: Stack;
let folder = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sightline-as-code-"));
  stack = await startStack({ args: ["--no-agent"] });
}, 120_000);

afterAll(async () => {
  await stack?.stop();
  if (stack !== undefined) discard(stack);
  rmSync(folder, { recursive: true, force: true });
});

/** What the command says, and how it ends. */
async function apply(...argv: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const said = { out: "", err: "" };
  const io = {
    out: (text: string) => void (said.out += text),
    err: (text: string) => void (said.err += text),
    environment: {},
    signal: AbortSignal.timeout(60_000),
  };
  const code = await applyCommand([...argv, "--url", stack.url, "--token", stack.token], io);
  return { code, ...said };
}

test.each(readdirSync(examples))("%s: a dry run changes nothing, an apply all of it, the next one nothing", async (name) => {
  const directory = join(examples, name);
  const before = await stack.json("/v1/receivers");
  const dry = await apply(directory, "--dry-run", "--prune");
  expect(dry).toMatchObject({ code: 0 });
  expect(dry.out).toMatch(/^Would be: [1-9]\d* new, /m);
  expect(await stack.json("/v1/receivers")).toEqual(before);
  const done = await apply(directory, "--prune");
  expect(done).toMatchObject({ code: 0 });
  expect(done.out).toBe(dry.out.replace("Would be:", "Applied:"));
  expect(await apply(directory, "--prune")).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^Nothing to change: 0 new, 0 changed, 0 removed/),
  });
});

test("what of an alertmanager.yml is not taken over is told, and nothing else", async () => {
  const { err } = await apply(join(examples, "from-alertmanager"), "--dry-run");
  const file = join("examples", "as-code", "from-alertmanager", "alertmanager.yml");
  expect(err.trim().split("\n")).toEqual([
    `sightline apply: warning: ${file}: receiver team-chat: color of slack_configs is not supported`,
    `sightline apply: warning: ${file}: receiver team-chat: pushover_configs is not supported`,
  ]);
});

test("the rules of the shop pass their own tests", () => {
  let told = "";
  const io = { out: (text: string) => void (told += text), err: (text: string) => void (told += text) };
  expect(testRules([join(examples, "shop", "rules.test.yml")], io), told).toBe(0);
});

test("a change is shown as a difference, a secret's only as one; a mistake leaves everything as it was", async () => {
  await apply(join(examples, "shop"));
  const path = join(folder, "notifications.yml");
  const text = readFileSync(join(examples, "shop", "notifications.yml"), "utf8");
  writeFileSync(path, text.replace("Switched off when", "Off when").replace("signs-the-message", "signs-otherwise"));
  const { out } = await apply(path, "--dry-run");
  expect(out).toContain("~ receiver shop-chat");
  expect(out).toContain("    a secret\n");
  expect(out).toContain("- comment: Switched off when the last customer has moved\n    + comment: Off when the last customer has moved");
  expect(out).not.toContain("signs-");
  writeFileSync(path, text.replace("Switched off when", "Off when").replaceAll("receiver: page,", "receiver: nobody-at-all,"));
  const refused = await apply(path);
  expect(refused).toMatchObject({ code: 1, out: "" });
  expect(refused.err).toContain('routes routes: The routes lead to "nobody-at-all", and nobody has that name.');
  expect((await apply(join(examples, "shop"))).out).toMatch(/^Nothing to change/);
});
