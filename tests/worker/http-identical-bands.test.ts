import { expect, it } from "vitest";
import { json, sendAs, tokenOf } from "./http-calls.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

interface Bands {
  readonly anomalies: readonly { readonly t: number; readonly score: number; readonly lower: number; readonly upper: number }[];
  readonly ranges: readonly { readonly t: number[]; readonly score: number[]; readonly lower: number[]; readonly upper: number[] }[];
}

it(
  "says the same of a time in any range, by /v1/anomalies and by PromQL, and at the time of an anomaly what was told",
  { timeout: 60_000 },
  async () => {
    const admin = sendAs(await tokenOf("identical-bands", "admin"));
    const end = Math.floor(Date.now() / MINUTE) * MINUTE;
    const wobble = (i: number): number => ((i * 7919) % 1009) / 1009 + ((i * 104_729) % 499) / 499;
    const metrics = Array.from({ length: 2400 }, (_, i) => ({
      name: "queue_depth",
      type: "gauge",
      labels: { service_name: "shop" },
      value: 50 + wobble(i) + (i >= 1700 && i < 1703 ? 60 : 0),
      timestamp: end - (2399 - i) * MINUTE,
    }));
    const sent = await admin("/api/v1/ingest", json("POST", { metrics }));
    expect(sent.status, await sent.clone().text()).toBe(200);

    const bands = async (start: number, until: number): Promise<Bands> =>
      (await admin(`/v1/anomalies?query=queue_depth&bands=1&start=${start}&end=${until}`)).json();
    const shown = async (t: number, start: number, until: number): Promise<readonly unknown[]> => {
      const [range] = (await bands(start, until)).ranges;
      const at = range?.t.indexOf(t) ?? -1;
      return [range?.score[at], range?.lower[at], range?.upper[at]];
    };
    const queried = async (name: string, selector: string, t: number, range: string): Promise<number> => {
      const query = encodeURIComponent(`sightline:${name}${selector}`);
      const path = range === "" ? `query?query=${query}&time=${t / 1000}` : `query_range?query=${query}&end=${t / 1000}&${range}`;
      const answer: { data: { result: { value?: [number, string]; values?: [number, string][] }[] } } = await (
        await admin(`/api/v1/${path}`)
      ).json();
      const [series] = answer.data.result;
      return Number((series?.value ?? series?.values?.at(-1))?.[1]);
    };

    const [told] = (await bands(end - 40 * HOUR, end)).anomalies;
    if (told === undefined) throw new Error("nothing was told");
    expect(await shown(told.t, told.t - HOUR, told.t)).toEqual([told.score, told.lower, told.upper]);
    for (const t of [told.t, end - 20 * HOUR]) {
      const [score, lower] = await shown(t, t - 24 * HOUR, Math.min(end, t + HOUR));
      expect([score, lower].every(Number.isFinite)).toBe(true);
      expect((await shown(t, t - 6 * HOUR, t)).slice(0, 2)).toEqual([score, lower]);
      expect(await queried("expected_lower", '{metric="queue_depth"}', t, `start=${(t - 3 * HOUR) / 1000}&step=60`)).toBe(lower);
      expect(await queried("expected_lower", '{metric="queue_depth"}', t, "")).toBe(lower);
      expect(await queried("anomaly_score", '{metric="queue_depth"}', t, "")).toBe(score);
    }
    expect(await queried("anomaly_score", '{service_name="shop"}', told.t, "")).toBe(told.score);
  },
);
