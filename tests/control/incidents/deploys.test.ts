import { describe, expect, it } from "vitest";
import { listDeploys, recordDeploy } from "../../../worker/src/project/incidents/deploys.ts";
import { ADMIN, projectInMemory } from "../project-in-memory.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;

function deployingProject() {
  const { ports, clock } = projectInMemory();
  clock.now = 200 * DAY;
  const deploy = (service: string, version: string, more: { at?: number; host?: string } = {}) =>
    recordDeploy(ports, ADMIN, { service, version, ...more });
  const kept = (service: string | null = null) => listDeploys(ports, service, 0, 100).map((one) => `${one.service} ${one.version}`);
  return { ports, clock, deploy, kept };
}

describe("deploys", () => {
  it("are listed newest first, of one service or all, since a time", () => {
    const { ports, clock, deploy, kept } = deployingProject();
    deploy("shop", "1");
    clock.now += MINUTE;
    deploy("billing", "7");
    clock.now += MINUTE;
    deploy("shop", "2");
    expect(kept()).toEqual(["shop 2", "billing 7", "shop 1"]);
    expect(kept("shop")).toEqual(["shop 2", "shop 1"]);
    expect(listDeploys(ports, null, clock.now - MINUTE, 100)).toHaveLength(2);
  });

  it("reported twice within ten minutes are one; the same version again later, or on another host, is not", () => {
    const { clock, deploy, kept } = deployingProject();
    expect(deploy("shop", "1")).toMatchObject({ ok: true, value: { created: true } });
    clock.now += MINUTE;
    expect(deploy("shop", "1")).toMatchObject({ ok: true, value: { created: false, deploy: { at: clock.now - MINUTE } } });
    expect(deploy("shop", "1", { host: "web-1" })).toMatchObject({ value: { created: true } });
    clock.now += 20 * MINUTE;
    expect(deploy("shop", "1")).toMatchObject({ value: { created: true } });
    expect(kept()).toHaveLength(3);
  });

  it("leave after 90 days, and are refused when older or yet to come", () => {
    const { clock, deploy, kept } = deployingProject();
    deploy("shop", "1");
    clock.now += 91 * DAY;
    deploy("shop", "2");
    expect(kept()).toEqual(["shop 2"]);
    expect(deploy("shop", "0", { at: clock.now - 91 * DAY })).toMatchObject({ ok: false, error: { code: "bad_request" } });
    expect(deploy("shop", "3", { at: clock.now + DAY })).toMatchObject({ ok: false, error: { code: "bad_request" } });
  });
});
