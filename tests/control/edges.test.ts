import { describe, expect, it } from "vitest";
import { parsePrometheusDuration, parsePrometheusTime } from "../../worker/src/http/prometheus-time.ts";
import { readCredentials } from "../../worker/src/http/credentials.ts";
import { methodsAt } from "../../worker/src/http/route-methods.ts";
import { mergeShipped } from "../../worker/src/project/rule-groups.ts";
import { alertRule } from "../support/alert-rule.ts";
import type { AlertRule } from "@sightline/shared/model/rule";

const value = (result: { readonly ok: boolean; readonly value?: number }): number | undefined => result.value;

describe("times of the Prometheus API", () => {
  it.each([
    ["1435781451.781", 1_435_781_451_781],
    ["0", 0],
    // Prometheus's own smallest and largest times, as clients written in Go print them.
    ["-292273086-05-16T16:47:06Z", -9_223_309_901_257_974 * 1000],
    ["292277025-08-18T07:12:54.999999999Z", 9_223_309_901_257_974 * 1000],
    ["-1", -1000],
    ["-0.0015", -2],
    // Next to it a double holds 0.00049996.
    ["1795338880.0005", 1_795_338_880_000],
    ["2015-07-01T20:10:51.781Z", 1_435_781_451_781],
    ["2015-07-01T22:10:51+02:00", 1_435_781_451_000],
  ])("%s", (text, ms) => {
    expect(value(parsePrometheusTime("time", text))).toBe(ms);
  });

  it.each(["", "now", "2015-07-01", "NaN", "Inf", "2026-02-30T00:00:00Z", "2026-02-28T24:00:00Z"])("%s is none", (text) => {
    expect(parsePrometheusTime("time", text)).toMatchObject({ ok: false, error: { code: "bad_data" } });
  });

  it.each([
    ["15", 15_000],
    ["0.5", 500],
    ["1h30m", 5_400_000],
    ["1d", 86_400_000],
    ["250ms", 250],
  ])("a step of %s", (text, ms) => {
    expect(value(parsePrometheusDuration("step", text))).toBe(ms);
  });

  it.each(["", "1x", "5m1h", "m"])("%s is no step", (text) => {
    expect(parsePrometheusDuration("step", text).ok).toBe(false);
  });
});

describe("credentials", () => {
  const token = `sl_my-project_${"a".repeat(43)}`;
  const request = (headers: Record<string, string>, url = "https://x.test/"): Request => new Request(url, { headers });

  it("name their project, however they come", () => {
    for (const authorization of [`Bearer ${token}`, `bearer ${token}`, `Token ${token}`, `Basic ${btoa(`u:${token}`)}`]) {
      expect(readCredentials(request({ authorization }))).toEqual({ kind: "token", project: "my-project", secret: token });
    }
  });

  it("a secret may hold the separator", () => {
    const odd = `sl_default_${"_-".repeat(20)}`;
    expect(readCredentials(request({ authorization: `Bearer ${odd}` }))?.project).toBe("default");
  });

  it("are not read from a query string outside a WebSocket upgrade", () => {
    expect(readCredentials(request({}, "https://x.test/?ticket=tk_default_aaaaaaaaaaaaaaaaaaaaaaa"))).toBeNull();
  });

  it.each(["Bearer x", "Bearer sl_UPPER_aaaaaaaaaaaaaaaaaaaa", "Basic !!!", "Digest abc", ""])("%s is none", (authorization) => {
    expect(readCredentials(request({ authorization }))).toBeNull();
  });
});

describe("routes", () => {
  it("the methods of a path are found by its pattern", () => {
    const routes = [
      { method: "GET", path: "/v1/alerts/:id" },
      { method: "POST", path: "/v1/alerts/:id/ack" },
      { method: "ALL", path: "/*" },
    ];
    expect(methodsAt(routes, "/v1/alerts/7")).toEqual(["GET"]);
    expect(methodsAt(routes, "/v1/alerts/7/ack")).toEqual(["POST"]);
    expect(methodsAt(routes, "/v1/other")).toEqual([]);
  });
});

describe("an upgrade of the shipped rules", () => {
  const rule = (name: string, forMs: number, builtIn: boolean): AlertRule => alertRule(name, "up", { forMs, builtIn });

  it("replaces the product's rules, keeps edited and own ones, and does not bring removed ones back", () => {
    const stored = { name: "host", intervalMs: 15_000, rules: [rule("A", 1, true), rule("B", 2, false), rule("Mine", 3, false)] };
    const shipped = {
      name: "host",
      intervalMs: 15_000,
      rules: [rule("A", 10, true), rule("B", 20, true), rule("C", 30, true), rule("Removed", 40, true)],
    };
    const merged = mergeShipped(shipped, stored, new Set(["Removed"]));
    expect(merged.rules.map((rule) => [rule.name, "forMs" in rule ? rule.forMs : null])).toEqual([
      ["A", 10],
      ["C", 30],
      ["B", 2],
      ["Mine", 3],
    ]);
  });

  it("leaves what the user said of the group", () => {
    const stored = { name: "host", intervalMs: 20_000, rules: [rule("Mine", 3, false)], limit: 3, queryOffsetMs: 30_000 };
    const shipped = { name: "host", intervalMs: 15_000, rules: [rule("A", 10, true)], limit: 5 };
    expect(mergeShipped(shipped, stored, new Set())).toMatchObject({ name: "host", intervalMs: 20_000, limit: 3, queryOffsetMs: 30_000 });
    expect(mergeShipped(shipped, undefined, new Set())).toMatchObject({ intervalMs: 15_000, limit: 5 });
  });
});
