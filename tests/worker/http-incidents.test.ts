import type {
  DeploysResponse,
  Incident,
  IncidentSplit,
  IncidentsResponse,
  TopologyResponse,
} from "@sightline/shared/api/incident-responses";
import { describe, expect, it } from "vitest";
import { json, problemOf, sendAs, tokenOf } from "./http-calls.ts";

describe("POST /v1/deploys", () => {
  it("takes a pipeline's word with a token that may only write, once", async () => {
    const pipeline = sendAs(await tokenOf("deploys", "ingest"));
    const viewer = sendAs(await tokenOf("deploys", "viewer"));
    const deploy = { service: "shop", version: "1.4.2", author: "ada", dependsOn: ["db-1"], url: "https://ci.example/7" };
    expect((await pipeline("/v1/deploys", json("POST", deploy))).status).toBe(201);
    expect((await pipeline("/v1/deploys", json("POST", deploy))).status).toBe(200);
    expect((await viewer("/v1/deploys", json("POST", deploy))).status).toBe(403);
    const { deploys } = await (await viewer("/v1/deploys?service=shop")).json<DeploysResponse>();
    expect(deploys).toMatchObject([deploy]);
    expect((await pipeline("/v1/deploys")).status).toBe(403);
  });

  it("says what is wrong with a deploy", async () => {
    const editor = sendAs(await tokenOf("deploys-wrong", "editor"));
    const wrong = await editor("/v1/deploys", json("POST", { service: "shop", version: "1", url: "javascript:alert(1)" }));
    expect(wrong.status).toBe(400);
    expect((await problemOf(wrong)).detail).toContain("url");
    const early = await editor("/v1/deploys", json("POST", { service: "shop", version: "1", at: "2099-01-01T00:00:00Z" }));
    expect((await problemOf(early)).detail).toContain("future");
  });
});

describe("/v1/incidents", () => {
  const post = async (send: ReturnType<typeof sendAs>, ...names: string[]): Promise<void> => {
    const alerts = names.map((alertname) => ({ labels: { alertname, service_name: "shop", host_name: "h1" } }));
    expect((await send("/api/v2/alerts", json("POST", alerts))).status).toBe(200);
  };

  it("lists what belongs together, shows one with its timeline, and takes what people do about it", async () => {
    const editor = sendAs(await tokenOf("incidents", "editor"));
    const viewer = sendAs(await tokenOf("incidents", "viewer"));
    await editor("/v1/deploys", json("POST", { service: "shop", version: "1.4.2" }));
    await post(editor, "Errors", "Slow", "Queue");
    const { incidents } = await (await viewer("/v1/incidents?state=open")).json<IncidentsResponse>();
    expect(incidents).toMatchObject([{ alertCount: 3, openCount: 3, cause: { deploy: { version: "1.4.2" } } }]);
    const path = `/v1/incidents/${incidents[0]?.id ?? ""}`;
    const shown = await (await viewer(path)).json<Incident>();
    expect(shown.timeline.map(({ kind }) => kind)).toEqual(["deploy", "fired", "fired", "fired"]);
    expect(shown.alerts.map(({ incidentId }) => incidentId)).toEqual([shown.id, shown.id, shown.id]);

    expect((await viewer(path, json("PUT", { title: "x" }))).status).toBe(403);
    expect(await (await editor(path, json("PUT", { title: "Bad release", postMortem: "Test more." }))).json()).toMatchObject({
      title: "Bad release",
      postMortem: "Test more.",
    });
    await editor(`${path}/note`, json("POST", { note: "rolled back" }));
    const taken = shown.alerts[2]?.id ?? "";
    const split = await (await editor(`${path}/split`, json("POST", { alerts: [taken] }))).json<IncidentSplit>();
    expect(split).toMatchObject({ incident: { alertCount: 1 }, left: { alertCount: 2 } });
    expect((await editor(`${path}/merge`, json("POST", { incident: split.incident.id }))).status).toBe(200);
    expect((await viewer(`/v1/incidents/${split.incident.id}`)).status).toBe(404);
    expect(await (await editor(`${path}/ack`, json("POST", { note: "mine" }))).json()).toMatchObject({ acknowledged: 3 });
    expect(await (await editor(`${path}/resolve`, json("POST", {}))).json()).toMatchObject({
      resolved: 3,
      incident: { state: "resolved" },
    });
    expect(await (await viewer("/v1/incidents?state=open")).json()).toEqual({ incidents: [] });
    expect(await (await viewer("/v1/incidents?since=2020-01-01T00:00:00Z")).json()).toMatchObject({
      incidents: [{ title: "Bad release" }],
    });
    expect((await problemOf(await viewer("/v1/incidents?state=odd"))).detail).toContain("open and resolved");
  });
});

describe("/v1/topology", () => {
  it("knows what labels tell, and takes what people and files declare beside that", async () => {
    const admin = sendAs(await tokenOf("topology", "admin"));
    const labels = { service_name: "shop", host_name: "h1", instance: "h1:80", server_address: "billing" };
    const metrics = [{ name: "calls", type: "gauge", value: 1, labels }];
    expect(await (await admin("/api/v1/ingest", json("POST", { metrics }))).json()).toMatchObject({ accepted: 1 });
    const known = await (await admin("/v1/topology")).json<TopologyResponse>();
    expect(known.suppression).toBe(true);
    expect(known.dependencies).toMatchObject(
      expect.arrayContaining([
        expect.objectContaining({ from: "shop", to: "billing", kind: "calls", origin: "labels" }),
        expect.objectContaining({ from: "shop", to: "h1", kind: "runs_on", origin: "labels" }),
      ]),
    );
    expect((await admin("/v1/topology/shop", json("PUT", { dependsOn: ["localhost"] }))).status).toBe(400);
    expect((await admin("/v1/topology/shop", json("PUT", { dependsOn: ["payments"], runsOn: ["h2"] }))).status).toBe(200);
    const files = [{ path: "needs.yml", text: "dependencies:\n  - service: search\n    dependsOn: [index-1]\n" }];
    expect(await (await admin("/v1/apply", json("POST", { files }))).json()).toMatchObject({
      changes: [{ kind: "dependencies", name: "search", action: "create" }],
    });
    expect(await (await admin("/v1/apply", json("POST", { files }))).json()).toMatchObject({ changes: [{ action: "unchanged" }] });
    const declared = async (): Promise<readonly string[]> =>
      (await (await admin("/v1/topology")).json<TopologyResponse>()).dependencies
        .filter(({ origin }) => origin === "declared")
        .map(({ from, to }) => `${from} ${to}`);
    expect((await declared()).toSorted()).toEqual(["search index-1", "shop h2", "shop payments"]);
    expect((await admin("/v1/topology/shop", { method: "DELETE" })).status).toBe(204);
    expect((await admin("/v1/topology/shop", { method: "DELETE" })).status).toBe(404);
    expect(await declared()).toEqual(["search index-1"]);
    expect(await (await admin("/v1/topology", json("PUT", { suppression: false }))).json()).toMatchObject({ suppression: false });
  });
});
