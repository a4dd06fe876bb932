import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import type { RuleGroup } from "@sightline/shared/model/rule";
import { afterEach, describe, expect, it, vi } from "vitest";
import { projectStub } from "../../worker/src/objects/stubs.ts";
import { alertRule } from "../support/alert-rule.ts";
import { adminOf, env, problemOf, sendAs, tokenOf } from "./http-calls.ts";

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const group = (name: string, expr: string): RuleGroup => ({
  name,
  intervalMs: 15_000,
  rules: [alertRule("QueueLong", expr)],
});

describe("rules and the configuration of shards", () => {
  it("one group is put by its name: as a group, as its rules, or as a file that holds it alone", async () => {
    const call = sendAs(await tokenOf("rules-one", "editor"));
    const put = (body: string): Promise<Response> => call("/v1/rules/mail", { method: "PUT", body });
    const rules = "[{ alert: QueueLong, expr: queue_depth > 100 }]";
    for (const body of [`rules: ${rules}`, rules, `{ name: mail, rules: ${rules} }`, `groups: [{ name: mail, rules: ${rules} }]`]) {
      const response = await put(body);
      expect([body, response.status]).toEqual([body, 200]);
      expect(await response.json()).toMatchObject({ name: "mail", rules: [{ name: "QueueLong" }] });
    }
    for (const body of [`{ name: post, rules: ${rules} }`, `groups: []`, `groups: [{ name: mail, rules: [] }, { name: b, rules: [] }]`]) {
      const refusal = await problemOf(await put(body));
      expect(refusal).toMatchObject({ status: 400, code: "bad_rule", detail: expect.stringContaining('"mail" alone') });
    }
    const { groups } = await (await call("/v1/rules")).json<{ groups: readonly RuleGroup[] }>();
    expect(groups.filter(({ name }) => ["mail", "post", "b"].includes(name)).map(({ name }) => name)).toEqual(["mail"]);
  });

  it("a project begins with the shipped rules", async () => {
    const call = sendAs(await tokenOf("rules-shipped", "viewer"));
    const { groups } = await (await call("/v1/rules")).json<{ groups: readonly RuleGroup[] }>();
    expect(groups.flatMap(({ rules }) => rules).length).toBeGreaterThan(0);
    expect(groups.every(({ rules }) => rules.every(({ builtIn }) => builtIn))).toBe(true);
  });

  it("a removed shipped group stays away after the object restarts", async () => {
    const project = projectStub(env, "rules-removed");
    const before = await project.ruleGroups();
    const name = before[0]?.name ?? "";
    expect((await project.deleteRuleGroup(adminOf("rules-removed"), name)).ok).toBe(true);
    await evictDurableObject(env.PROJECT.getByName("rules-removed"));
    expect((await project.ruleGroups()).map((kept) => kept.name)).not.toContain(name);
  });

  it("an edited shipped rule stays as the user wrote it after the object restarts", async () => {
    const project = projectStub(env, "rules-edited");
    const [shipped] = await project.ruleGroups();
    if (shipped === undefined) throw new Error("no shipped rules");
    const edited = { ...shipped, rules: shipped.rules.map((rule, index) => (index === 0 ? { ...rule, forMs: 77_000 } : rule)) };
    await project.putRuleGroup(adminOf("rules-edited"), edited);
    await evictDurableObject(env.PROJECT.getByName("rules-edited"));
    const [kept] = (await project.ruleGroups()).filter(({ name }) => name === shipped.name);
    expect(kept?.rules.find(({ name }) => name === shipped.rules[0]?.name)).toMatchObject({ forMs: 77_000, builtIn: false });
    expect(kept?.rules).toHaveLength(shipped.rules.length);
  });

  it("a new rule is pushed to the shard", async () => {
    const project = projectStub(env, "rules-pushed");
    const before = await project.shardConfig();
    await project.putRuleGroup(adminOf("rules-pushed"), group("mine", "queue_length > 10"));
    const after = await project.shardConfig();
    expect(after.version).toBe(before.version + 1);
    await vi.waitFor(async () => {
      const rows = await runInDurableObject(env.PROJECT.getByName("rules-pushed"), (_, state) =>
        state.storage.sql.exec("SELECT config_version, retry_at FROM shards").toArray(),
      );
      expect(rows).toEqual([{ config_version: after.version, retry_at: null }]);
    });
  });

  it("a shard that cannot be reached is told later, by the alarm", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const stub = env.PROJECT.getByName("rules-retried");
    const project = projectStub(env, "rules-retried");
    await project.shardConfig();
    const shard = env.SERIES_SHARD.getByName("rules-retried/shard-0");
    await runInDurableObject(shard, (instance) => {
      // Calls from outside reach methods of the class only.
      const prototype = Object.getPrototypeOf(instance) as { configure(): Promise<void> };
      vi.spyOn(prototype, "configure").mockRejectedValueOnce(new Error("not now"));
    });
    await project.putRuleGroup(adminOf("rules-retried"), group("mine", "queue_length > 10"));
    const told = (): Promise<unknown> =>
      runInDurableObject(stub, (_, state) =>
        state.storage.sql.exec<{ attempts: number; config_version: number }>("SELECT attempts, config_version FROM shards").one(),
      );
    await vi.waitFor(async () => expect(await told()).toMatchObject({ attempts: 1 }));
    vi.setSystemTime(Date.now() + 5_000);
    await runDurableObjectAlarm(stub);
    const { version } = await project.shardConfig();
    await vi.waitFor(async () => expect(await told()).toEqual({ attempts: 0, config_version: version }));
  });
});
