import { describe, expect, it } from "vitest";
import type { ApplyResponse } from "@sightline/shared/api/responses";
import { json, problemOf, sendAs, tokenOf } from "./http-calls.ts";

const ON_CALL = `
users:
  - id: ada
    name: Ada
    timeZone: Europe/Rome
schedules:
  - name: web
    layers:
      - { name: primary, timeZone: Europe/Rome, users: [ada], start: "2026-11-02T09:00", rotation: { unit: weeks } }
policies:
  - name: page
    steps:
      - targets: [{ schedule: web }]
        wait: 5m
`;
const RULES = `
groups:
  - name: shop
    rules:
      - alert: ShopDown
        expr: up{job="shop"} == 0
        for: 1m
`;
const SLO = `
apiVersion: openslo/v1
kind: SLO
metadata: { name: checkout, displayName: Checkout works }
spec:
  objectives: [{ target: 0.995 }]
  timeWindow: [{ duration: 30d, isRolling: true }]
  indicator:
    spec:
      ratioMetric:
        good: { metricSource: { spec: { query: 'http_requests_total{code="200"}' } } }
        total: { metricSource: { spec: { query: http_requests_total } } }
`;

interface Options {
  readonly dryRun?: boolean;
  readonly prune?: boolean;
}

async function applier(project: string) {
  const admin = sendAs(await tokenOf(project, "admin"));
  const apply = (files: Readonly<Record<string, string>>, options: Options = {}): Promise<Response> =>
    admin("/v1/apply", json("POST", { files: Object.entries(files).map(([path, text]) => ({ path, text })), ...options }));
  const actions = async (files: Readonly<Record<string, string>>, options: Options = {}): Promise<readonly string[]> => {
    const answer = await apply(files, options);
    expect(answer.status).toBe(200);
    return (await answer.json<ApplyResponse>()).changes.map(({ action, kind, name }) => `${action} ${kind} ${name}`);
  };
  const audit = async (): Promise<number> =>
    (await (await admin("/v1/audit?limit=1000")).json<{ entries: readonly unknown[] }>()).entries.length;
  return { admin, apply, actions, audit };
}

describe("configuration as files", () => {
  it("is applied in the order in which things name each other, and again without a trace", async () => {
    const { admin, actions, audit } = await applier("apply-order");
    const files = { "a/rules.yml": RULES, "b/on-call.yml": ON_CALL, "slo.yml": SLO };
    expect(await actions(files, { dryRun: true })).toEqual([
      "create user ada", "create schedule web", "create policy page", "create rules shop", "create slo checkout",
    ]); // prettier-ignore
    expect(await (await admin("/v1/users")).json()).toEqual({ users: [] });
    await actions(files);
    const entries = await audit();
    expect((await actions(files)).every((line) => line.startsWith("unchanged "))).toBe(true);
    expect(await audit()).toBe(entries);
    expect(await (await admin("/v1/oncall/policies")).json()).toMatchObject({ policies: [{ name: "page" }] });
  });

  it("all or nothing: the second file's mistake leaves the first undone", async () => {
    const { admin, apply } = await applier("apply-atomic");
    const refused = await apply({ "on-call.yml": ON_CALL, "more.yml": "schedules: [{ name: nights, layers: [{ name: l, users: [nobody], start: '2026-01-01T00:00', rotation: { unit: days } }] }]" }); // prettier-ignore
    expect(refused.status).toBe(400);
    expect((await problemOf(refused)).detail).toBe(
      'more.yml: schedule nights: There is no user "nobody"; PUT /v1/users/nobody first. Nothing was changed.',
    );
    expect(await (await admin("/v1/users")).json()).toEqual({ users: [] });
  });

  it("prune removes what an earlier apply put, and nothing made by hand", async () => {
    const { admin, actions } = await applier("apply-prune");
    await admin("/v1/users/ben", json("PUT", { name: "Ben" }));
    await actions({ "rules.yml": RULES, "on-call.yml": ON_CALL });
    expect(await actions({ "rules.yml": RULES })).toEqual(["unchanged rules shop"]);
    expect(await actions({ "rules.yml": RULES }, { prune: true, dryRun: true })).toContain("delete schedule web");
    expect(await actions({ "rules.yml": RULES }, { prune: true })).toEqual([
      "unchanged rules shop", "delete policy page", "delete schedule web", "delete user ada",
    ]); // prettier-ignore
    expect(await (await admin("/v1/users")).json()).toMatchObject({ users: [{ id: "ben" }] });
  });

  it.each([
    [{ "x.yml": "a: [" }, /^x\.yml is not YAML: /],
    [{ "x.yml": "gorups: []" }, /^x\.yml has the key "gorups", which nothing here knows; there are groups \(rules\)/],
    [{ "x.yml": "users: [{ name: Ada }]" }, /^x\.yml: users\[0\] needs `id`\./],
    [{ "x.yml": "users: [{ id: ada, nmae: Ada }]" }, /^x\.yml: user ada: .*nmae/],
    [{ "x.yml": RULES, "y.yml": RULES }, /^rules shop stands in x\.yml and in y\.yml; keep one of them\./],
    [{ "x.yml": RULES.replace("for: 1m", "for: soon") }, /^x\.yml: line 7, column 14: /],
    [{ "x.yml": SLO.replace("ratioMetric", "thresholdMetric") }, /^x\.yml: SLO checkout: it needs an inline indicator/],
  ])("says which file is wrong and where: %#", async (files, words) => {
    const { apply } = await applier("apply-faults");
    const refused = await apply(files);
    expect(refused.status).toBe(400);
    expect((await problemOf(refused)).detail).toMatch(words);
  });
});
