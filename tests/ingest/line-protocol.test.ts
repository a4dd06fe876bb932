import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeLineProtocol } from "../../worker/src/ingest/influx/line-protocol.ts";
import { precisionOf, timeInMs } from "@sightline/shared/line-protocol/precision";

const NOW = 1_700_000_000_000;

function decode(text: string, precision: Parameters<typeof decodeLineProtocol>[1] = "ns") {
  const decoded = decodeLineProtocol(text, precision, NOW);
  if (!decoded.ok) throw new Error(decoded.error.message);
  return decoded.value;
}

/** Series as text, `labels → [time value]…`. */
const shown = (text: string, precision?: Parameters<typeof decodeLineProtocol>[1]) =>
  decode(text, precision).batch.series.map(({ labels, timestamps, values }) => ({
    labels,
    samples: [...timestamps].map((t, i) => [t, values[i]]),
  }));

describe("Influx line protocol", () => {
  it("a field is a series of its own, named after measurement and field", () => {
    expect(shown("cpu,host=a,cpu=cpu0 usage_idle=97.5,usage_user=2i 1700000001000000000")).toEqual([
      { labels: { __name__: "cpu_usage_idle", host: "a", cpu: "cpu0" }, samples: [[1_700_000_001_000, 97.5]] },
      { labels: { __name__: "cpu_usage_user", host: "a", cpu: "cpu0" }, samples: [[1_700_000_001_000, 2]] },
    ]);
  });

  it("says neither type nor unit; of collectd's lines both follow from the type that they name", () => {
    const metadataOf = (line: string) => decode(line).batch.series.map(({ metadata: { type, unit } }) => `${type} ${unit}`.trim());
    expect(metadataOf("interface,host=box,instance=lo,type=if_octets rx=17i,tx=18i")).toEqual(["counter bytes", "counter bytes"]);
    expect(metadataOf("cpu,host=box,instance=0,type=cpu,type_instance=user value=205i")).toEqual(["counter jiffies"]);
    expect(metadataOf("memory,host=box,type=memory,type_instance=used value=4797657088")).toEqual(["gauge bytes"]);
    expect(metadataOf("load,host=box,type=load shortterm=13.0")).toEqual(["gauge"]);
    // Others have tags of these names, too.
    expect(metadataOf("memory,host=box,type=memory,zone=a value=1")).toEqual(["unknown"]);
    expect(metadataOf("memory,host=box,type=my_own value=1")).toEqual(["unknown"]);
    expect(metadataOf("memory,type=memory value=1")).toEqual(["unknown"]);
  });

  it("names of other scripts stay apart; in ASCII what is no letter is one _", () => {
    expect(shown("温度,室=a v=21\n湿度,室=a v=55\nmy-zähler,a.b=c d/e=1").map(({ labels }) => labels)).toEqual([
      { __name__: "温度_v", 室: "a" },
      { __name__: "湿度_v", 室: "a" },
      { __name__: "my_zähler_d_e", a_b: "c" },
    ]);
  });

  it("a tag that stands twice is refused: neither value is the right one", () => {
    const { batch, refused } = decode("cpu,host=a,host=b usage=1\ncpu,host=a usage=2");
    expect(refused).toEqual([{ line: 1, message: "the tag host stands twice; send it once" }]);
    expect(batch.series.map(({ labels }) => labels)).toEqual([{ __name__: "cpu_usage", host: "a" }]);
  });

  it("a field named value is the measurement alone", () => {
    expect(shown("queue_depth value=42")).toEqual([{ labels: { __name__: "queue_depth" }, samples: [[NOW, 42]] }]);
  });

  it("points of one series become one column", () => {
    expect(shown("load value=1 1\nload value=2 2\r\n\n# a comment\nload value=3 3", "s")).toEqual([
      {
        labels: { __name__: "load" },
        samples: [
          [1000, 1],
          [2000, 2],
          [3000, 3],
        ],
      },
    ]);
  });

  it("reads every type of field and counts text without keeping it", () => {
    const decoded = decode('m f=1.5e3,i=-7i,u=18446744073709551615u,t=true,n=F,s="a, b=\\"c\\"\nd"\nm f=1');
    expect(decoded.batch.series.map(({ labels, values }) => [labels["__name__"], values[0]])).toEqual([
      ["m_f", 1500],
      ["m_i", -7],
      ["m_u", 2 ** 64],
      ["m_t", 1],
      ["m_n", 0],
    ]);
    expect(decoded).toMatchObject({ textFields: 1, samples: 6, refused: [] });
  });

  it("undoes escapes and gives names the characters Prometheus knows", () => {
    expect(shown("disk\\ io,mount\\ point=/var\\,log,path=C:\\temp,rack-no=7 read\\=bytes=1")).toEqual([
      { labels: { __name__: "disk_io_read_bytes", mount_point: "/var,log", path: "C:\\temp", rack_no: "7" }, samples: [[NOW, 1]] },
    ]);
  });

  it("a bad line is named by its number and the rest is kept", () => {
    const decoded = decode(
      'ok value=1\nbad value=abc\ntext s="two\nlines"\nworse,tag value=1\nok value=2 12\nodd value=1 tomorrow\nbig value=1e999',
    );
    expect(decoded.refused.map(({ line }) => line)).toEqual([2, 5, 7, 8]);
    expect(decoded.refused[0]?.message).toContain('value needs a number, an integer with i or u, true, false or "text", at "abc"');
    expect(decoded.samples).toBe(2);
  });

  it("refuses labels longer than a series may have", () => {
    expect(decode(`m,host=${"x".repeat(2000)} value=1\nm value=2`)).toMatchObject({ refusedLines: 1, samples: 1 });
  });

  it("integers must fit 64 bits", () => {
    expect(
      decode("m value=9223372036854775807i\nm value=1.5i\nm value=-1u\nm value=99999999999999999999i").refused.map(({ line }) => line),
    ).toEqual([2, 3, 4]);
  });

  it.each([
    ["9223372036854775808i", "-9223372036854775809i", "9223372036854775900i", "18446744073709551616u"],
    ["9223372036854775807i", "-9223372036854775808i", "+9223372036854775807i", "18446744073709551615u"],
  ])("the first integers beyond 64 bits are refused and the last within are taken (%s)", (...values) => {
    const taken = values[0] === "9223372036854775807i";
    expect(values.map((value) => decode(`m value=${value}`).refusedLines)).toEqual(values.map(() => (taken ? 0 : 1)));
  });

  it.each([
    ["ns", "1700000000123456789", 1_700_000_000_123],
    ["us", "1700000000123456", 1_700_000_000_123],
    ["ms", "1700000000123", 1_700_000_000_123],
    ["s", "1700000000", 1_700_000_000_000],
    ["m", "28333333", 1_699_999_980_000],
    ["h", "472222", 1_699_999_200_000],
  ] as const)("times in %s", (precision, text, ms) => {
    expect(timeInMs(text, precision)).toBe(ms);
  });

  it("knows the precisions of both APIs and no other", () => {
    expect([null, "", "n", "u", "ns", "m"].map(precisionOf)).toEqual(["ns", "ns", "ns", "us", "ns", "m"]);
    expect(precisionOf("constructor")).toBeNull();
  });

  it("a time that is no date is refused", () => {
    expect(decode("m value=1 99999999999999999", "s")).toMatchObject({ refused: [{ line: 1 }], samples: 0 });
  });

  it("answers any text with samples or refused lines", () => {
    const piece = fc.constantFrom("cpu", ",", "=", " ", "\n", '"', "\\", "1", "i", "t", "value=1", "#", "\r", "-", "e", "é", "__proto__=1");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const text = pieces.join("");
        const decoded = decode(text);
        const lines = text.split("\n").length;
        for (const { line } of decoded.refused) expect(line).toBeLessThanOrEqual(lines);
        for (const { timestamps, values } of decoded.batch.series) expect(timestamps.length).toBe(values.length);
      }),
      { numRuns: 5_000 },
    );
  });

  it("what is written comes back", () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
    fc.assert(
      fc.property(
        word,
        fc.string({ minLength: 1, unit: "grapheme-ascii" }),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        (name, host, value) => {
          fc.pre(!host.endsWith("\\") && !/\\[,= ]/.test(host));
          const escaped = host.replaceAll(/[,= ]/g, "\\$&");
          expect(shown(`${name},host=${escaped} value=${value} 5`, "ms")).toEqual([
            { labels: { __name__: name, host }, samples: [[5, value + 0]] },
          ]);
        },
      ),
    );
  });
});
