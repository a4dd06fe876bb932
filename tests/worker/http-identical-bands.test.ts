import { expect, it } from "vitest";
import { json, sendAs, tokenOf } from "./http-calls.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

interface Bands {
  readonly anomalies: readonly { readonly t: number; readonly score: number; readonly lower: number; readonly upper: number }[];
  readonly ranges: readonly { readonly t: number[]; readonly score: number[]; readonly lower: number[]; readonly upper: number[] }[];
}

it("says the same of a time in any range, by /v1/anomalies and by PromQL, and at the time of an anomaly what was told", async () => {
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
  const queried = (t: number, start: number | null, selector: string): Promise<readonly unknown[]> =>
    Promise.all(
      ["anomaly_score", "expected_lower", "expected_upper"].map(async (name) => {
        const query = encodeURIComponent(`sightline:${name}${selector}`);
        const path =
          start === null
            ? `query?query=${query}&time=${t / 1000}`
            : `query_range?query=${query}&start=${start / 1000}&end=${t / 1000}&step=60`;
        const answer: { data: { result: { value?: [number, string]; values?: [number, string][] }[] } } = await (
          await admin(`/api/v1/${path}`)
        ).json();
        const [series] = answer.data.result;
        return Number((series?.value ?? series?.values?.at(-1))?.[1]);
      }),
    );

  const { anomalies } = await bands(end - 40 * HOUR, end);
  expect(anomalies.length).toBeGreaterThan(0);
  const told = anomalies.map(({ t, score, lower, upper }) => ({ t, said: [score, lower, upper] }));
  for (const back of [0, 4 * MINUTE, 7 * HOUR, 20 * HOUR])
    told.push({ t: end - back, said: [...(await shown(end - back, end - back, end))] as number[] });
  for (const { t, said } of told) {
    expect(said.every(Number.isFinite)).toBe(true);
    for (const hours of [1, 6, 24]) expect(await shown(t, t - hours * HOUR, Math.min(end, t + HOUR))).toEqual(said);
    expect(await queried(t, t - 3 * HOUR, '{metric="queue_depth"}')).toEqual(said);
    expect(await queried(t, null, '{metric="queue_depth"}')).toEqual(said);
  }
  for (const { t, said } of told.slice(0, anomalies.length)) expect(await queried(t, null, '{service_name="shop"}')).toEqual(said);
});
