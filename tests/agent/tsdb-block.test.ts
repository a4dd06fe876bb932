import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UnreadableSource } from "../../agent/src/import/import-source.ts";
import { openSources } from "../../agent/src/import/open-source.ts";
import { formatLabels } from "@sightline/shared/model/labels";

const missing = spawnSync("promtool", ["--version"]).error === undefined ? null : "promtool is not installed (Debian package prometheus)";
if (missing !== null) process.stdout.write(`blocks of a real Prometheus are not tested: ${missing}\n`);

const START = 1_760_000_000_000;
/** Values that a bit-exact reader alone gets right. */
const VALUES = [0, -0, 1, 0.1, 0.1 + 0.2, 1e-300, 5e-324, 1.7976931348623157e308, -1e9, Infinity, -Infinity, 123456789.125, 2 ** 53];

interface Read {
  readonly samples: Map<string, [number, number][]>;
  readonly refused: string[];
  /** Samples of each refusal; null where nobody knows. */
  readonly lost: (number | null)[];
}

async function read(path: string): Promise<Read> {
  const samples = new Map<string, [number, number][]>();
  const refused: string[] = [];
  const lost: (number | null)[] = [];
  for (const source of await openSources(path, null)) {
    const refuse = (_code: string, count: number | null, message: string): void => {
      refused.push(message);
      lost.push(count);
    };
    for await (const one of source.series(refuse)) {
      const key = formatLabels(one.labels);
      const list = samples.get(key) ?? [];
      samples.set(key, list);
      for (const [i, t] of one.timestamps.entries()) list.push([t, one.values[i] ?? NaN]);
    }
  }
  return { samples, refused, lost };
}

describe.skipIf(missing !== null)("blocks that a real promtool made", () => {
  let directory: string;
  let blocks: string;
  const expected = new Map<string, [number, number][]>();

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "sightline-block-"));
    blocks = join(directory, "data");
    let text = "# TYPE odd gauge\n";
    for (let s = 0; s < 40; s++) {
      const labels = { __name__: "odd", path: `/ü/${s}`, quoted: s % 2 === 0 ? 'a"b\\c' : "plain" };
      const samples: [number, number][] = [];
      let t = START + s;
      for (let i = 0; i < 700; i++) {
        // Regular, jittering and jumping distances: all widths of a delta of delta.
        t += i % 50 === 49 ? 700_000 : i % 7 === 0 ? 15_003 + ((i * s) % 9000) : 15_000;
        const value = s < 10 ? (VALUES[(i + s) % VALUES.length] ?? 0) : s < 20 ? i * s : s < 30 ? Math.sin(i) * s : Math.floor(i / 20);
        samples.push([t, value]);
        const quoted = labels.quoted.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
        const number = Object.is(value, -0) ? "-0" : String(value).replace("Infinity", "Inf");
        text += `odd{path="${labels.path}",quoted="${quoted}"} ${number} ${(t / 1000).toFixed(3)}\n`;
      }
      expected.set(formatLabels(labels), samples);
    }
    writeFileSync(join(directory, "dump.om"), `${text}# EOF\n`);
    const made = spawnSync("promtool", ["tsdb", "create-blocks-from", "openmetrics", join(directory, "dump.om"), blocks], {
      encoding: "utf8",
    });
    if (made.status !== 0) throw new Error(`${made.stdout}${made.stderr}`);
  }, 60_000);

  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it("give every sample, bit by bit, over all blocks of the folder", async () => {
    expect(readdirSync(blocks).length).toBeGreaterThan(1);
    const { samples, refused } = await read(blocks);
    expect(refused).toEqual([]);
    expect([...samples.keys()].sort()).toEqual([...expected.keys()].sort());
    for (const [key, list] of samples) {
      const wanted = expected.get(key) ?? [];
      expect(list.map(([t]) => t)).toEqual(wanted.map(([t]) => t));
      for (const [i, [, value]] of list.entries()) expect(Object.is(value, wanted[i]?.[1]), `${key} ${i}`).toBe(true);
    }
  });

  it("are the same as what the dump itself gives", async () => {
    expect((await read(join(directory, "dump.om"))).samples).toEqual(expected);
  });

  it("damage costs a chunk and is told, and what is no block is refused in words", async () => {
    const [name = ""] = readdirSync(blocks);
    const copy = join(directory, "copy");
    cpSync(join(blocks, name), copy, { recursive: true });
    const whole = await read(copy);
    const chunks = join(copy, "chunks", "000001");
    const bytes = readFileSync(chunks);
    bytes[40] = (bytes[40] ?? 0) ^ 0xff;
    writeFileSync(chunks, bytes);
    const damaged = await read(copy);
    expect(damaged.refused).toEqual([expect.stringContaining("the checksum of the chunk at 8 of segment 0 is wrong")]);
    const count = (of: Read): number => [...of.samples.values()].reduce((sum, list) => sum + list.length, 0);
    expect(count(damaged)).toBeLessThan(count(whole));
    expect(damaged.lost).toEqual([count(whole) - count(damaged)]);
    // Without its second half a segment has lost whole chunks, too.
    writeFileSync(chunks, bytes.subarray(0, bytes.length >> 1));
    const half = await read(copy);
    const known = half.lost.reduce<number>((sum, one) => sum + (one ?? 0), 0);
    expect(half.lost.filter((one) => one === null).length).toBeGreaterThan(0);
    expect(known).toBeGreaterThan(0);
    expect(count(half) + known).toBeLessThan(count(whole));
    const index = readFileSync(join(copy, "index"));
    index[30] = (index[30] ?? 0) ^ 0xff;
    writeFileSync(join(copy, "index"), index);
    await expect(read(copy)).rejects.toThrow("the checksum of its index's symbols is wrong");
    writeFileSync(join(copy, "index"), "nothing");
    await expect(read(copy)).rejects.toThrow("its index is not one of Prometheus");
    await expect(read(join(directory, "nowhere"))).rejects.toThrow("there is nothing at");
    await expect(read(join(copy, "chunks"))).rejects.toThrow("holds no block of Prometheus");
  });

  it("an index is refused in words wherever a number of it is damaged", async () => {
    const [name = ""] = readdirSync(blocks);
    const copy = join(directory, "damaged-index");
    cpSync(join(blocks, name), copy, { recursive: true });
    const index = readFileSync(join(copy, "index"));
    const intact = await read(copy);
    for (let at = 0; at < index.length - 4; at += Math.max(1, Math.floor(index.length / 400))) {
      for (const value of [0x7fffffff, 0xffffffff]) {
        const damaged = Buffer.from(index);
        damaged.writeUInt32BE(value, at);
        writeFileSync(join(copy, "index"), damaged);
        const failed = await read(copy).then(
          (got) => got,
          (error: unknown) => error,
        );
        // Bytes that no reader uses may be anything.
        if (failed instanceof Error) expect(failed, `byte ${at}`).toBeInstanceOf(UnreadableSource);
        else expect(failed).toEqual(intact);
      }
    }
  });
});
