import { describe, expect, test } from "vitest";
import { agentCommand } from "../../agent/src/cli/agent-command.ts";
import { type ConfigSources, loadConfig } from "../../agent/src/config/load-config.ts";
import { Backoff } from "../../agent/src/transport/backoff.ts";
import { splitBatch } from "../../agent/src/transport/batch-splitter.ts";

const load = (sources: Partial<ConfigSources> & { files?: Record<string, string> } = {}) =>
  loadConfig({
    flags: {},
    environment: {},
    home: "/home/ada",
    hostName: "db-1",
    readFile: (path) => {
      const text = sources.files?.[path];
      if (text === undefined) throw Object.assign(new Error("not there"), { code: "ENOENT" });
      return text;
    },
    ...sources,
  });
const refusal = (sources: Parameters<typeof load>[0]): string => {
  const loaded = load(sources);
  return loaded.ok ? "accepted" : loaded.error.message;
};

describe("configuration", () => {
  test("has a default for everything", () => {
    expect(load()).toMatchObject({
      ok: true,
      value: {
        url: "http://127.0.0.1:8787/",
        token: null,
        spoolDir: "/home/ada/.sightline/spool",
        hostName: "db-1",
        serviceName: "sightline-agent",
      },
    });
  });

  test("flags win over the environment, the environment over the file", () => {
    const files = { "sightline.yaml": "url: http://file\nhostName: of-file\ntopProcesses: 9\n" };
    const loaded = load({
      files,
      environment: { SIGHTLINE_URL: "http://environment", SIGHTLINE_HOST_NAME: "of-environment" },
      flags: { url: "https://flag" },
    });
    expect(loaded).toMatchObject({ ok: true, value: { url: "https://flag/", hostName: "of-environment", topProcesses: 9 } });
  });

  test("a token comes from a file, and a token said closer replaces it", () => {
    const files = { "/run/token": "sl_default_x\n" };
    expect(load({ files, environment: { SIGHTLINE_TOKEN_FILE: "/run/token" } })).toMatchObject({ value: { token: "sl_default_x" } });
    expect(load({ files, environment: { SIGHTLINE_TOKEN_FILE: "/run/token" }, flags: { token: "sl_flag" } })).toMatchObject({
      value: { token: "sl_flag" },
    });
  });

  test("a file that is there and cannot be read is told, also where nobody named it", () => {
    const readFile = (path: string): string => {
      throw new Error(`${path}: it is not UTF-8: byte 3 is 0xfc`);
    };
    expect(refusal({ readFile })).toContain("the configuration file sightline.yaml cannot be read: sightline.yaml: it is not UTF-8");
    expect(refusal({ readFile, flags: { config: "other.yaml" } })).toContain("the configuration file other.yaml cannot be read");
    expect(refusal({ flags: { config: "missing.yaml" } })).toContain("the configuration file missing.yaml cannot be read: not there");
  });

  test("labels are name=value pairs or a map", () => {
    expect(load({ flags: { labels: "team=shop,zone=eu" } })).toMatchObject({ value: { labels: { team: "shop", zone: "eu" } } });
    expect(load({ files: { "sightline.yaml": "labels:\n  team: shop\n" } })).toMatchObject({ value: { labels: { team: "shop" } } });
    const numbers = "{ version: 1.10, build: 007, commit: 12e5, id: 1234567890123456789, hex: 0x1F, on: true }";
    expect(load({ files: { "sightline.yaml": `labels: ${numbers}\n` } })).toMatchObject({
      value: { labels: { version: "1.10", build: "007", commit: "12e5", id: "1234567890123456789", hex: "0x1F", on: "true" } },
    });
    expect(refusal({ files: { "sightline.yaml": "labels: {a: [b]}\n" } })).toMatch(/sightline.yaml: labels: `a` must be a text/);
    expect(refusal({ files: { "sightline.yaml": "labels:\n  team:\n" } })).toMatch(/labels.*wrong: "team"/);
  });

  test("what cannot be is refused with its name, its value and the fix", () => {
    expect(refusal({ flags: { url: "localhost" } })).toMatch(/url \(--url\) is "localhost".*http:\/\//);
    expect(refusal({ environment: { SIGHTLINE_SPOOL_MAX_BYTES: "10" } })).toMatch(
      /spoolMaxBytes \(SIGHTLINE_SPOOL_MAX_BYTES\) is "10".*whole number/,
    );
    expect(refusal({ flags: { "disable-collectors": "cpu,gpu" } })).toMatch(/"gpu" is no collector; there are cpu/);
    expect(refusal({ flags: { labels: "1x=2" } })).toMatch(/labels.*"1x"/);
    expect(refusal({ flags: { config: "/no.yaml" } })).toMatch(/\/no\.yaml cannot be read/);
    expect(refusal({ files: { "sightline.yaml": "urll: x\n" } })).toMatch(/urll in sightline.yaml is no setting; known are url/);
    expect(refusal({ files: { "sightline.yaml": "a: [" } })).toMatch(/is not YAML/);
    expect(refusal({ environment: { SIGHTLINE_TOKEN_FILE: "/none" } })).toMatch(/tokenFile.*cannot be read/);
    expect(refusal({ flags: { "log-format": "xml" } })).toMatch(/text or json/);
  });

  test("a wrong flag or setting ends the command with code 2 and words", async () => {
    const said: string[] = [];
    const io = {
      out: (text: string) => said.push(text),
      err: (text: string) => said.push(text),
      environment: {},
      signal: new AbortController().signal,
    };
    expect(await agentCommand(["--nonsense"], io)).toBe(2);
    expect(await agentCommand(["--url", "nowhere"], io)).toBe(2);
    expect(await agentCommand(["--help"], io)).toBe(0);
    expect(said.join("")).toMatch(/nonsense[\s\S]*nowhere[\s\S]*--spool-dir/);
  });
});

test("waits grow exponentially to their cap, with full jitter", () => {
  const longest = new Backoff(250, 30_000, () => 0);
  expect(Array.from({ length: 9 }, () => longest.next())).toEqual([250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  longest.reset();
  expect(longest.next()).toBe(250);
  expect(new Backoff(250, 30_000, () => 0.9).next()).toBe(25);
});

test("a batch too big for a frame travels in several, every sample once", () => {
  const series = (name: string, count: number) => ({
    labels: { __name__: name },
    metadata: { type: "gauge", unit: "", help: "" } as const,
    temporality: "cumulative" as const,
    timestamps: Float64Array.from({ length: count }, (_, i) => i),
    values: Float64Array.from({ length: count }, (_, i) => i),
  });
  const parts = splitBatch(
    { series: [series("long", 120_000), ...Array.from({ length: 3000 }, (_, i) => series(`s${i}`, 1))] },
    () => undefined,
  );
  expect(parts.length).toBeGreaterThan(3);
  expect(parts.flatMap((part) => part.series).reduce((sum, one) => sum + one.values.length, 0)).toBe(123_000);
});
