import type { TemplateFile } from "@sightline/shared/api/receiver-responses";
import { afterEach, describe, expect, it, vi } from "vitest";
import { json, problemOf, sendAs, tokenOf } from "./http-calls.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

const slack = { type: "slack", url: "https://hooks.slack.com/services/T/B/s3cret" };

describe("/v1/receivers", () => {
  it("shows what was put, but for its secrets, and takes it back as it was shown", async () => {
    const call = sendAs(await tokenOf("receivers-shown", "admin"));
    const put = await call(
      "/v1/receivers/ops",
      json("PUT", { integrations: [slack, { type: "opsgenie", apiKey: "s3cret", maxPerMinute: 5 }] }),
    );
    expect(put.status).toBe(200);
    const shown = await put.json<{ integrations: readonly unknown[] }>();
    expect(shown).toEqual({
      name: "ops",
      integrations: [
        { type: "slack", url: "https://hooks.slack.com/<secret>", sendResolved: true },
        { type: "opsgenie", apiKey: "<secret>", sendResolved: true, maxPerMinute: 5 },
      ],
      health: [],
    });
    expect((await call("/v1/receivers/ops", json("PUT", { integrations: shown.integrations }))).status).toBe(200);
    expect(await (await call("/v1/receivers")).json()).toEqual({ receivers: [shown] });
    expect((await call("/v1/receivers/ops", { method: "DELETE" })).status).toBe(204);
    expect(await (await call("/v1/receivers")).json()).toEqual({ receivers: [] });
  });

  it("knows a single webhook by its short form", async () => {
    const call = sendAs(await tokenOf("receivers-short", "admin"));
    const put = await call(
      "/v1/receivers/hook",
      json("PUT", { url: "https://hooks.example.org/x", secret: "s3cret", sendResolved: false }),
    );
    expect(await put.json()).toMatchObject({
      url: "https://hooks.example.org/x",
      sendResolved: false,
      signed: true,
      integrations: [{ type: "webhook", url: "https://hooks.example.org/x", secret: "<secret>", sendResolved: false }],
    });
  });

  it.each<[string, unknown, string]>([
    ["nothing", {}, "integrations: [{type, …}]"],
    ["both forms", { url: "https://example.org/", integrations: [] }, "do not go with integrations"],
    ["an unknown kind", { integrations: [{ type: "pager" }] }, "integrations.0.type"],
    ["an unknown field", { integrations: [{ ...slack, colour: "red" }] }, '"colour"'],
    ["a missing key", { integrations: [{ type: "pagerduty" }] }, "The pagerduty integration: it needs routingKey"],
    ["the shown secret, where there is none", { integrations: [{ type: "opsgenie", apiKey: "<secret>" }] }, "it needs apiKey"],
  ])("refuses %s in words", async (_, body, words) => {
    const call = sendAs(await tokenOf("receivers-refused", "admin"));
    const problem = await problemOf(await call("/v1/receivers/ops", json("PUT", body)));
    expect(problem).toMatchObject({ status: 400, code: "bad_request" });
    expect(problem.detail).toContain(words);
    expect(problem.detail).toContain("Nothing was changed");
  });

  it("are put by administrators and tried by editors; viewers see none of it", async () => {
    const [viewer, editor] = [sendAs(await tokenOf("receivers-roles", "viewer")), sendAs(await tokenOf("receivers-roles", "editor"))];
    for (const path of ["/v1/receivers", "/v1/receivers/ops/deliveries", "/v1/dead-letters"]) expect((await viewer(path)).status).toBe(403);
    expect((await editor("/v1/receivers/ops", json("PUT", { integrations: [slack] }))).status).toBe(403);
    expect(await problemOf(await editor("/v1/receivers/ops/test", { method: "POST" }))).toMatchObject({ status: 404, code: "not_found" });
    expect(await problemOf(await editor("/v1/dead-letters/7/retry", { method: "POST" }))).toMatchObject({ status: 404, code: "not_found" });
  });

  it("the test button tells every integration's answer, and the log has it", async () => {
    const call = sendAs(await tokenOf("receivers-tested", "admin"));
    const discord = { type: "discord", url: "https://discord.com/api/webhooks/1/x" };
    await call("/v1/receivers/ops", json("PUT", { integrations: [slack, discord] }));
    vi.spyOn(globalThis, "fetch").mockImplementation(async (input) =>
      new Request(input).url.includes("slack") ? new Response("no_service", { status: 404 }) : new Response(null, { status: 204 }),
    );
    const { integrations } = await (await call("/v1/receivers/ops/test", { method: "POST" })).json<{ integrations: readonly unknown[] }>();
    expect(integrations).toMatchObject([
      {
        type: "slack",
        delivered: false,
        outcome: "The slack integration refused the test and would refuse alerts alike: answered 404: no_service.",
      },
      { type: "discord", delivered: true, outcome: "The discord integration took the test (204)." },
    ]);
    const { deliveries } = await (
      await call("/v1/receivers/ops/deliveries?limit=5")
    ).json<{ deliveries: readonly { outcome: string }[] }>();
    expect(deliveries.map(({ outcome }) => outcome).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(["refused", "test"]);
  });
});

describe("/v1/templates", () => {
  it("keeps files of definitions and refuses what is none", async () => {
    const call = sendAs(await tokenOf("templates", "admin"));
    const text = '{{ define "mine" }}{{ .Status | toUpper }}{{ end }}';
    expect((await call("/v1/templates/mine.tmpl", json("PUT", { text }))).status).toBe(200);
    expect((await problemOf(await call("/v1/templates/other.tmpl", json("PUT", { text: "{{ define" })))).status).toBe(400);
    expect((await (await call("/v1/templates")).json<{ templates: readonly TemplateFile[] }>()).templates).toEqual([
      { name: "mine.tmpl", text },
    ]);
    expect((await call("/v1/templates/mine.tmpl", { method: "DELETE" })).status).toBe(204);
    expect((await call("/v1/templates/mine.tmpl", { method: "DELETE" })).status).toBe(404);
  });
});
