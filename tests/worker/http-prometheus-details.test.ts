/** Parameters and refusals of the Prometheus API as Prometheus has them (web/api/v1). */
import { beforeAll, describe, expect, it, vi } from "vitest";
import { json, type Send, sendAs, tokenOf } from "./http-calls.ts";

let call: Send;

const RULES = `
groups:
  - name: b-group
    rules:
      - {record: "orders:rate5m", expr: "rate(orders_total[5m])", labels: {team: shop}}
      - {alert: Busy, expr: orders_total > 0, labels: {team: shop}}
  - name: a-group
    rules:
      - {alert: Quiet, expr: orders_total < 0, labels: {team: ops}}
  - name: twins
    rules:
      - {alert: Twin, expr: orders_total > 0, labels: {level: low}}
      - {alert: Twin, expr: orders_total > 9, labels: {level: high}}
  - name: others
    rules:
      - {alert: Twin, expr: orders_total > 9, labels: {level: low}}
  - name: kept
    rules:
      - {alert: Kept, expr: kept_level > 0, keep_firing_for: 1h}
`;

beforeAll(async () => {
  call = sendAs(await tokenOf("prometheus-details", "admin"));
  const regions = ["eu", "us", "ap"];
  const metrics = regions.map((region) => ({ name: "orders_total", type: "counter", labels: { region }, value: 5 }));
  expect(
    await (await call("/api/v1/ingest", json("POST", { metrics: [...metrics, { name: "free", type: "gauge", value: 1 }] }))).json(),
  ).toMatchObject({
    accepted: 4,
  });
  const put = await call("/v1/rules", { method: "PUT", body: RULES, headers: { "content-type": "application/yaml" } });
  expect(put.status).toBe(200);
});

interface Answer {
  readonly status: string;
  readonly errorType?: string;
  readonly error?: string;
  readonly warnings?: readonly string[];
  readonly data: unknown;
}

async function answer(path: string, status = 200): Promise<Answer> {
  const response = await call(path);
  expect(response.status).toBe(status);
  return response.json<Answer>();
}

const refusal = async (path: string): Promise<string | undefined> => (await answer(path, 400)).error;

interface ListedGroup {
  readonly name: string;
  readonly rules: readonly {
    readonly name: string;
    readonly type: string;
    readonly state?: string;
    readonly alerts?: readonly unknown[];
    readonly health: string;
    readonly lastEvaluation: string;
  }[];
}

const rules = async (query: string): Promise<{ readonly groups: readonly ListedGroup[]; readonly groupNextToken?: string }> =>
  (await answer(`/api/v1/rules${query}`)).data as { readonly groups: readonly ListedGroup[]; readonly groupNextToken?: string };

const names = async (query: string): Promise<readonly string[]> => {
  const { groups } = await rules(query);
  return groups.filter(({ name }) => name.endsWith("-group")).flatMap((group) => group.rules.map(({ name }) => name));
};

describe("rules", () => {
  it("are alerting and recording ones unless a type is asked for", async () => {
    expect(await names("")).toEqual(["Quiet", "orders:rate5m", "Busy"]);
    expect(await names("?type=alert")).toEqual(["Quiet", "Busy"]);
    expect(await names("?type=record")).toEqual(["orders:rate5m"]);
    expect(await refusal("/api/v1/rules?type=other")).toBe('invalid parameter "type": not supported value "other"');
  });

  it("are chosen by name, group, file and labels", async () => {
    expect(await names("?rule_name[]=Busy&rule_name[]=Quiet")).toEqual(["Quiet", "Busy"]);
    expect(await names("?rule_group[]=a-group")).toEqual(["Quiet"]);
    expect(await names("?file[]=sightline&rule_group[]=b-group")).toEqual(["orders:rate5m", "Busy"]);
    expect(await names("?file[]=other.yml")).toEqual([]);
    expect(await names(`?match[]=${encodeURIComponent('{team="shop"}')}`)).toEqual(["orders:rate5m", "Busy"]);
  });

  it("are told without their alerts when those are excluded", async () => {
    const busy = async (query: string): Promise<unknown> => (await rules(`?rule_name[]=Busy${query}`)).groups[0]?.rules[0]?.alerts;
    expect(await busy("")).toEqual(expect.any(Array));
    expect(await busy("&exclude_alerts=true")).toBeUndefined();
    expect(await refusal("/api/v1/rules?exclude_alerts=maybe")).toBe(
      'invalid parameter "exclude_alerts": error converting exclude_alerts: strconv.ParseBool: parsing "maybe": invalid syntax',
    );
  });

  it("of one name have each its own alerts", async () => {
    const { groups } = await rules("?rule_name[]=Twin");
    const states = groups.map(({ name, rules: own }) => [name, ...own.map(({ state, alerts }) => `${state} ${alerts?.length}`)]);
    expect(states).toEqual([
      ["others", "inactive 0"],
      ["twins", "firing 3", "inactive 0"],
    ]);
  });

  it("come page by page", async () => {
    const all = (await rules("")).groups.map(({ name }) => name);
    const seen: string[] = [];
    let token = "";
    do {
      const page = await rules(`?group_limit=1&group_next_token=${token}`);
      expect(page.groups).toHaveLength(1);
      seen.push(...page.groups.map(({ name }) => name));
      token = page.groupNextToken ?? "";
    } while (token !== "");
    expect(seen).toEqual(all);
    expect(await refusal("/api/v1/rules?group_next_token=x")).toContain(
      "group_limit needs to be present in order to paginate over the groups",
    );
    expect(await refusal("/api/v1/rules?group_limit=0")).toContain("group_limit needs to be greater than 0");
    expect(await refusal("/api/v1/rules?group_limit=1&group_next_token=x")).toBe(
      "invalid parameter \"group_next_token\": invalid group_next_token 'x'. were rule groups changed?",
    );
  });
});

describe("limits", () => {
  it("cut series, labels and values, and say so", async () => {
    const cut = await answer("/api/v1/series?match[]=orders_total&limit=2");
    expect([cut.data, cut.warnings]).toEqual([[expect.any(Object), expect.any(Object)], ["results truncated due to limit"]]);
    expect((await answer("/api/v1/series?match[]=orders_total&limit=3")).warnings).toBeUndefined();
    expect((await answer("/api/v1/series?match[]=orders_total&limit=0")).data).toHaveLength(3);
    expect(await answer("/api/v1/label/region/values?limit=1")).toMatchObject({
      data: ["ap"],
      warnings: ["results truncated due to limit"],
    });
    expect(await answer("/api/v1/labels?limit=1")).toMatchObject({ data: ["__name__"], warnings: ["results truncated due to limit"] });
    expect(await answer("/api/v1/query?query=orders_total&limit=2")).toMatchObject({ warnings: ["results truncated due to limit"] });
  });

  it("of looking back that are nothing or less are the default", async () => {
    for (const none of ["0", "0s", "-5"])
      expect((await answer(`/api/v1/query?query=orders_total&lookback_delta=${none}`)).data).toMatchObject({ result: { length: 3 } });
  });

  it("that make no sense are refused in Prometheus's words", async () => {
    for (const path of ["/api/v1/labels?", "/api/v1/series?match[]=x&", "/api/v1/query?query=1&"]) {
      expect(await refusal(`${path}limit=many`)).toBe('invalid parameter "limit": strconv.Atoi: parsing "many": invalid syntax');
      expect(await refusal(`${path}limit=-1`)).toBe('invalid parameter "limit": limit must be non-negative');
    }
    expect(await refusal("/api/v1/metadata?limit=many")).toBe("limit must be a number");
    expect(await refusal("/api/v1/metadata?limit_per_metric=many")).toBe("limit_per_metric must be a number");
    expect(await refusal("/api/v1/status/tsdb?limit=0")).toBe("limit must be a positive number");
    expect(await refusal("/api/v1/query?query=1&lookback_delta=soon")).toBe(
      'error parsing lookback delta duration: cannot parse "soon" to a valid duration',
    );
    expect(await refusal("/api/v1/query?query=1&timeout=1e30")).toBe(
      'invalid parameter "timeout": cannot parse "1e30" to a valid duration. It overflows int64',
    );
  });

  it("hold for metadata and cardinality", async () => {
    expect(Object.keys((await answer("/api/v1/metadata?limit=1")).data as object)).toHaveLength(1);
    expect((await answer("/api/v1/metadata?limit=0")).data).toEqual({});
    expect((await answer("/api/v1/status/tsdb?limit=1")).data).toMatchObject({
      seriesCountByMetricName: [{ name: "orders_total", value: 3 }],
    });
  });
});

it("the head reaches from its oldest sample to its newest, and nowhere without any", async () => {
  const project = sendAs(await tokenOf("prometheus-head", "admin"));
  const head = async (): Promise<unknown> =>
    (await (await project("/api/v1/status/tsdb")).json<{ readonly data: { readonly headStats: unknown } }>()).data.headStats;
  expect(await head()).toMatchObject({ numSeries: 0, minTime: 0, maxTime: 0 });
  const [oldest, newest] = [Date.now() - 600_000, Date.now() - 60_000];
  const metrics = [oldest, newest].map((timestamp) => ({ name: "level", type: "gauge", value: 1, timestamp }));
  expect((await project("/api/v1/ingest", json("POST", { metrics }))).status).toBe(200);
  expect(await head()).toMatchObject({ numSeries: 1, minTime: oldest, maxTime: newest });
});

it("a path with two slashes is that with one", async () => {
  const go = async (path: string, method: string): Promise<unknown> => {
    const { status, headers } = await call(path, { method, redirect: "manual" });
    return [status, headers.get("location")];
  };
  expect(await go("/api/v1/label//values?limit=1", "GET")).toEqual([301, "/api/v1/label/values?limit=1"]);
  expect(await go("//api/v1//query", "POST")).toEqual([308, "/api/v1/query"]);
  expect(await go("/api/v1/label/U__a_2f_/values", "GET")).toEqual([200, null]);
});

it("an empty parameter is none", async () => {
  for (const path of [
    "/api/v1/labels?start=&end=&limit=",
    "/api/v1/label/region/values?start=&end=&limit=",
    "/api/v1/series?match[]=orders_total&start=&end=&limit=",
    "/api/v1/query_exemplars?query=orders_total&start=&end=",
    "/api/v1/query?query=orders_total&time=&timeout=&lookback_delta=&limit=&stats=",
    "/api/v1/metadata?metric=&limit=&limit_per_metric=",
    "/api/v1/status/tsdb?limit=",
    "/api/v1/rules?type=&exclude_alerts=&group_limit=&group_next_token=",
  ])
    expect((await answer(path)).status).toBe("success");
  expect((await answer("/api/v1/series?match[]=orders_total&start=&end=")).data).toHaveLength(3);
  expect(await refusal("/api/v1/query_range?query=1&start=&end=&step=")).toBe(
    'invalid parameter "start": cannot parse "" to a valid timestamp',
  );
  for (const path of ["/api/v1/labels?", "/api/v1/label/region/values?", "/api/v1/series?match[]=x&", "/api/v1/query_exemplars?query=x&"])
    expect(await refusal(`${path}start=abc`)).toBe(
      `invalid parameter "start": invalid time value for 'start': cannot parse "abc" to a valid timestamp`,
    );
});

it("series, labels and values are those of the time asked for: none from before there was anything", async () => {
  const past = "start=900&end=1000";
  for (const path of [
    `/api/v1/series?match[]=orders_total&${past}`,
    `/api/v1/labels?${past}`,
    `/api/v1/labels?match[]=orders_total&${past}`,
    `/api/v1/label/region/values?${past}`,
    `/api/v1/label/region/values?match[]=orders_total&end=1000`,
  ])
    expect((await answer(path)).data).toEqual([]);
});

it("a parameter may come in the address and others in the form, and the form's wins", async () => {
  const form = (fields: Readonly<Record<string, string>>): RequestInit => ({ method: "POST", body: new URLSearchParams(fields) });
  expect(await (await call("/api/v1/query?query=2&time=10", form({ query: "1" }))).json()).toMatchObject({ data: { result: [10, "1"] } });
  expect(await (await call("/api/v1/query?time=20", form({ query: "time()" }))).json()).toMatchObject({ data: { result: [20, "20"] } });
  const parts = new FormData();
  parts.append("query", "3");
  parts.append("time", "30");
  const multipart = { method: "POST", body: parts };
  expect(await (await call("/api/v1/query?query=2", multipart)).json()).toMatchObject({ data: { result: [30, "3"] } });
  const typed = (type: string, body: string): RequestInit => ({ method: "POST", body, headers: { "content-type": type } });
  for (const request of [
    typed("APPLICATION/X-WWW-Form-URLEncoded", "query=4"),
    typed("application/x-www-form-urlencoded ; Charset=UTF-8", "query=4"),
    typed("Multipart/Form-Data; boundary=Xy", '--Xy\r\ncontent-disposition: form-data; name="query"\r\n\r\n4\r\n--Xy--\r\n'),
  ])
    expect(await (await call("/api/v1/query?time=40", request)).json()).toMatchObject({ data: { result: [40, "4"] } });
  const torn = { method: "POST", body: "query=1", headers: { "content-type": "multipart/form-data; boundary=x" } };
  expect((await call("/api/v1/query", torn)).status).toBe(400);
  expect(
    await (await call("/api/v1/series?match[]=free", form({ "match[]": '{region="eu", __name__!~"ALERTS.*"}' }))).json(),
  ).toMatchObject({
    data: { length: 2 },
  });
});

it("names beyond plain words come escaped", async () => {
  expect((await answer("/api/v1/label/U__re_67_ion/values")).data).toEqual(["ap", "eu", "us"]);
});

it("features, pools and the rest of the status pages are answered", async () => {
  expect((await answer("/api/v1/features")).data).toMatchObject({
    promql: { subqueries: true },
    promql_functions: { rate: true, info: false },
    promql_operators: { sum: true, limitk: false },
  });
  expect((await answer("/api/v1/scrape_pools")).data).toEqual({ scrapePools: ["push"] });
  expect((await answer("/api/v1/targets?scrapePool=other")).data).toMatchObject({ activeTargets: [], droppedTargetCounts: {} });
  expect((await answer("/api/v1/status/walreplay")).data).toEqual({ min: 0, max: 0, current: 0 });
});

// The last, as by then alerts are stored as series.
it("rules tell when they were evaluated, not when they were asked for", async () => {
  await vi.waitFor(async () => {
    const askedAt = Date.now();
    const rule = (await rules("?rule_name[]=orders:rate5m")).groups[0]?.rules[0];
    expect(rule?.health).toBe("ok");
    expect(Date.parse(rule?.lastEvaluation ?? "")).toBeLessThan(askedAt);
  }, 30_000);
});

it("rules tell since when an alert is only kept firing", async () => {
  const kept = async (value: number): Promise<unknown> => {
    const sent = await call("/api/v1/ingest", json("POST", { metrics: [{ name: "kept_level", type: "gauge", value }] }));
    expect(await sent.json()).toMatchObject({ accepted: 1 });
    return (await rules("?rule_name[]=Kept")).groups[0]?.rules[0]?.alerts?.[0];
  };
  expect(await kept(1)).toMatchObject({ state: "firing" });
  expect(await kept(1)).not.toHaveProperty("keepFiringSince");
  expect(await kept(0)).toMatchObject({ state: "firing", keepFiringSince: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) });
});

it("Prometheus's own smallest and largest times are a range that holds everything", async () => {
  const range = `start=-292273086-05-16T16:47:06Z&end=292277025-08-18T07:12:54.999999999Z`;
  expect((await answer(`/api/v1/label/region/values?${range}&match[]=orders_total`)).data).toEqual(["ap", "eu", "us"]);
  expect((await answer(`/api/v1/series?${range}&match[]=free`)).data).toMatchObject([{ __name__: "free" }]);
  expect((await answer("/api/v1/query?query=free&time=292277025-08-18T07:12:54.999999999Z")).data).toMatchObject({ result: [] });
  expect((await answer("/api/v1/query?query=free&time=-292273086-05-16T16:47:06Z")).data).toMatchObject({ result: [] });
});
