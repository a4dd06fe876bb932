import { beforeAll, expect, test } from "vitest";
import { json, problemOf, type Send, sendAs, tokenOf } from "./http-calls.ts";

let call: Send;

beforeAll(async () => {
  call = sendAs(await tokenOf("promql-editor", "admin"));
  const metrics = [
    { name: "shop_orders_total", type: "counter", labels: { region: "eu" }, value: 5 },
    { name: "shop_memory", type: "gauge", value: 7 },
  ];
  expect(await (await call("/api/v1/ingest", json("POST", { metrics }))).json()).toMatchObject({ accepted: 2 });
});

interface Diagnostics {
  readonly diagnostics: readonly {
    readonly code: string;
    readonly line: number;
    readonly column: number;
    readonly fixes: readonly unknown[];
  }[];
}

test("an expression is judged by the language and by what is stored", async () => {
  const query = encodeURIComponent('rate(shop_memory[5m]) + shop_order_total{regoin="eu"}');
  const { diagnostics } = await (await call(`/v1/promql/diagnostics?query=${query}`)).json<Diagnostics>();
  expect(diagnostics).toMatchObject([
    { code: "rate_of_gauge", severity: "warning", from: 0, to: 4, line: 1, column: 1, fixes: [{ title: "Use deriv()" }] },
    { code: "unknown_metric", line: 1, column: 25, fixes: [{ edit: { from: 24, to: 40, text: "shop_orders_total" } }] },
  ]);
  const posted = await (await call("/v1/promql/diagnostics", json("POST", { query: "sum(" }))).json<Diagnostics>();
  expect(posted.diagnostics).toMatchObject([{ code: "parse_error", severity: "error" }]);
});

test("a rule file is judged with the lines of its faults", async () => {
  const rules = 'groups:\n- name: g\n  rules:\n  - alert: A\n    expr: shop_orders_total{regoin="eu"}\n  - alrt: B\n    expr: up\n';
  const { diagnostics } = await (await call("/v1/promql/diagnostics", json("POST", { rules }))).json<Diagnostics>();
  expect(diagnostics.map(({ code, line, column }) => [code, line, column])).toEqual(
    expect.arrayContaining([
      ["unknown_label", 5, 29],
      ["bad_rule", 6, 5],
    ]),
  );
});

test("completion and the word under the cursor", async () => {
  const found = await (await call(`/v1/promql/completion?query=${encodeURIComponent("rate(shop_ord[5m])")}&offset=13`)).json();
  expect(found).toMatchObject({ from: 5, to: 13, items: [{ label: "shop_orders_total", kind: "metric", detail: "counter" }], word: null });
  const labels = await (await call("/v1/promql/completion", json("POST", { query: "shop_orders_total{" }))).json();
  expect(labels).toMatchObject({ items: expect.arrayContaining([expect.objectContaining({ label: "region", kind: "label" })]) });
  const word = await (await call("/v1/promql/completion", json("POST", { query: "rate(x[5m])", offset: 2 }))).json();
  expect(word).toMatchObject({ word: { title: "rate(range-vector) instant-vector" } });
});

test("what makes no sense is refused in words", async () => {
  expect((await problemOf(await call("/v1/promql/diagnostics", json("POST", {})))).detail).toContain("one of them");
  expect((await problemOf(await call("/v1/promql/completion?query=x&offset=-1"))).detail).toContain("offset");
});
