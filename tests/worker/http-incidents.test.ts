import type { DeploysResponse } from "@sightline/shared/api/incident-responses";
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
