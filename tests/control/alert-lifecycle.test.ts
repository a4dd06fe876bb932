import type { AlertTransition } from "@sightline/shared/model/alert";
import { describe, expect, it } from "vitest";
import { acknowledge, snooze, writeNote } from "../../worker/src/project/alert-actions.ts";
import { prune } from "../../worker/src/project/prune.ts";
import { advance, nextWakeAt, putRuleGroup, readAlert, readAlerts, receiveTransitions } from "../../worker/src/project/project-core.ts";
import { freshenDue } from "../../worker/src/project/fresh-texts.ts";
import { deleteReceiver } from "../../worker/src/project/receiver-deliveries.ts";
import { putReceiver } from "../../worker/src/project/receivers.ts";
import { rerouting } from "../../worker/src/project/reroute.ts";
import { testRoutes } from "../../worker/src/project/route-test.ts";
import { deleteRoutes, putRoutes, readRoutes } from "../../worker/src/project/routing-actions.ts";
import { expireSilence, silence } from "../../worker/src/project/silence-lifecycle.ts";
import { silenceReports } from "../../worker/src/project/silence-reports.ts";
import { listSilences } from "../../worker/src/project/silences.ts";
import { readTrace } from "../../worker/src/project/trace.ts";
import { unheardRules } from "../../worker/src/project/unheard-rules.ts";
import { alertRule } from "../support/alert-rule.ts";
import { transition } from "../support/alert-transition.ts";
import { openRecorded } from "./recorded-project.ts";
import { ADMIN } from "./project-in-memory.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const OPS = { name: "ops", integrations: [{ type: "webhook" as const, url: "https://ops.example.org/", sendResolved: true }] };
const ID = `f00d-${(1_000).toString(36)}`;
const HOST = [{ name: "host_name", value: "h1", isRegex: false, isEqual: true }];

function project() {
  const opened = openRecorded();
  const { ports, clock, database } = opened;
  putReceiver(ports, ADMIN, OPS, { allowed: [] });
  const fire = (changes: Partial<AlertTransition> = {}): void =>
    receiveTransitions(ports, [transition("pending", "firing", clock.now, changes)]);
  const resolve = (changes: Partial<AlertTransition> = {}): void =>
    receiveTransitions(ports, [transition("firing", "resolved", clock.now, changes)]);
  /** Lets time pass, waking whenever the project asks for it. */
  const pass = (ms: number): void => {
    const until = clock.now + ms;
    for (;;) {
      database.run("DELETE FROM outbox");
      database.run("UPDATE shards SET config_version = 1000000");
      const next = nextWakeAt(ports);
      if (next === null || next > until) break;
      clock.now = Math.max(clock.now, next);
      advance(ports);
    }
    clock.now = until;
  };
  const told = (): readonly string[] => database.messages.map(({ receiver, reason, status }) => `${receiver} ${reason} ${status}`);
  return { ...opened, fire, resolve, pass, told };
}

describe("an alert in people's hands", () => {
  it("is told again with value and annotations of then, and asked for when it is told again alone", async () => {
    const { ports, clock, database, fire, pass, told } = project();
    const asked: (readonly string[])[] = [];
    const summaries = (): unknown[] => database.messages.map(({ alerts }) => [alerts[0]?.value, alerts[0]?.annotations["summary"]]);
    const freshen = (value: number): Promise<void> =>
      freshenDue(ports, (_shard, fingerprints) => {
        asked.push(fingerprints);
        return Promise.resolve([transition("pending", "firing", 1_000, { activeAt: 1_000, value, annotations: { summary: `${value}` } })]);
      });
    fire({ value: 14, annotations: { summary: "14" } });
    await freshen(13);
    pass(2 * HOUR);
    await freshen(12);
    expect(asked).toEqual([]);
    const due = nextWakeAt(ports) ?? 0;
    clock.now = due;
    await freshen(10);
    pass(HOUR);
    expect(asked).toEqual([["f00d"]]);
    expect(told()).toEqual(["ops new firing", "ops repeat firing"]);
    expect(summaries()).toEqual([
      [14, "14"],
      [10, "10"],
    ]);
    // What does not answer is told as before.
    clock.now = nextWakeAt(ports) ?? 0;
    await freshenDue(ports, () => Promise.reject(new Error("gone")));
    pass(HOUR);
    expect(summaries().at(-1)).toEqual([10, "10"]);
  });

  it("is told once, then again while nobody acknowledges it, and its end", () => {
    const { fire, resolve, pass, told } = project();
    fire();
    pass(9 * HOUR);
    expect(told()).toEqual(["ops new firing", "ops repeat firing", "ops repeat firing"]);
    resolve();
    pass(HOUR);
    expect(told().at(-1)).toBe("ops changed resolved");
  });

  it("acknowledged with a note, is repeated no more; its end is told, and ends the acknowledgement", () => {
    const { ports, fire, resolve, pass, told } = project();
    fire();
    pass(MINUTE);
    expect(acknowledge(ports, ADMIN, ID, "on it")).toMatchObject({
      ok: true,
      value: { acknowledgedBy: "admin", acknowledgedNote: "on it" },
    });
    pass(24 * HOUR);
    resolve();
    pass(HOUR);
    expect(told()).toEqual(["ops new firing", "ops changed resolved"]);
    fire({ id: "again", activeAt: 2_000 });
    expect(readAlerts(ports, { states: ["firing"], limit: 1 })[0]).toMatchObject({ acknowledgedBy: null, triggerCount: 2 });
  });

  it("snoozed, is told anew when the snooze is over and it still fires", () => {
    const { ports, clock, fire, pass, told } = project();
    fire();
    pass(MINUTE);
    const until = clock.now + HOUR;
    expect(snooze(ports, ADMIN, ID, until)).toMatchObject({ ok: true, value: { snoozedUntil: until } });
    pass(HOUR + MINUTE);
    expect(told()).toEqual(["ops new firing", "ops changed firing"]);
    expect(readAlert(ports, ID)?.snoozedUntil).toBeNull();
  });

  it("a snooze ends when it is told to, and is refused for what is over or for years", () => {
    const { ports, clock, fire, resolve, pass, told } = project();
    fire();
    snooze(ports, ADMIN, ID, clock.now + HOUR);
    pass(MINUTE);
    expect(told()).toEqual([]);
    snooze(ports, ADMIN, ID, clock.now);
    pass(MINUTE);
    expect(told()).toEqual(["ops new firing"]);
    expect(snooze(ports, ADMIN, ID, clock.now + 365 * 24 * HOUR)).toMatchObject({ error: { code: "bad_request" } });
    resolve();
    expect(snooze(ports, ADMIN, ID, clock.now + HOUR)).toMatchObject({ error: { code: "conflict" } });
  });

  it("becomes more severe while nobody takes it up, and those who are told of the new severity hear of it", () => {
    const { ports, fire, pass, told, database } = project();
    const critical = { ...OPS, name: "pager" };
    putReceiver(ports, ADMIN, critical, { allowed: [] });
    putRoutes(ports, ADMIN, {
      route: {
        receiver: "ops",
        group_wait: "5s",
        routes: [{ receiver: "pager", matchers: ["severity=critical"], continue: true }, { receiver: "ops" }],
      },
    });
    fire({ labels: { severity: "warning" }, escalate: [{ afterMs: 30 * MINUTE, severity: "critical" }] });
    pass(HOUR);
    expect(told()).toEqual(["ops new firing", "ops escalation firing", "pager new firing"]);
    expect(database.messages[1]?.remark).toBe("Nobody acknowledged: CpuBusy (warning to critical) became more severe.");
    expect(readAlert(ports, ID)).toMatchObject({ severity: "critical", labels: { severity: "critical" }, escalated: { from: "warning" } });
  });

  it("acknowledged in time, keeps its severity", () => {
    const { ports, fire, pass } = project();
    fire({ escalate: [{ afterMs: 30 * MINUTE, severity: "critical" }] });
    acknowledge(ports, ADMIN, ID, null);
    pass(HOUR);
    expect(readAlert(ports, ID)).toMatchObject({ severity: "warning", escalated: null });
  });

  it("keeps what was learned from it, and every time it fired, 200 times and 90 days at most", () => {
    const { ports, clock, fire, resolve } = project();
    for (let episode = 1; episode <= 205; episode++) {
      fire({ id: `fire-${episode}`, activeAt: episode * 1000 });
      resolve({ id: `end-${episode}`, activeAt: episode * 1000 });
      clock.now += 1000;
    }
    const [newest] = readAlerts(ports, { fingerprint: "f00d", limit: 500 });
    expect(newest).toMatchObject({ triggerCount: 205, activeAt: 205_000 });
    expect(writeNote(ports, ADMIN, newest?.id ?? "", "a cable")).toMatchObject({ ok: true, value: { note: "a cable", state: "resolved" } });
    expect(readAlerts(ports, { fingerprint: "f00d", limit: 500 })).toHaveLength(201);
    clock.now += 91 * 24 * HOUR;
    prune(ports);
    expect(readAlerts(ports, { fingerprint: "f00d", limit: 500 })).toEqual([]);
    expect(ports.database.all("SELECT count(*) AS left FROM trace")).toEqual([{ left: 0 }]);
  });

  it("that keeps coming and going is held until it keeps still, and then told as it is", () => {
    const { clock, fire, pass, told, ports } = project();
    fire({ flapping: { since: 0, until: clock.now + 10 * MINUTE, reason: "it changed 12 times within an hour" } });
    pass(9 * MINUTE);
    expect(told()).toEqual([]);
    expect(readTrace(ports, ID).stages.at(-1)).toMatchObject({
      stage: "flap",
      decision: "held",
      reason: "flapping: it changed 12 times within an hour",
    });
    pass(2 * MINUTE);
    expect(told()).toEqual(["ops new firing"]);
  });
});

describe("the trace of an alert", () => {
  it("says why it fired, with the value, and how it went to each receiver", () => {
    const { ports, fire, pass } = project();
    receiveTransitions(ports, [transition("inactive", "pending", 1_000, { value: 0.85 })]);
    fire({ at: 121_000 });
    pass(MINUTE);
    const { transitions, stages } = readTrace(ports, ID);
    expect(transitions).toMatchObject([
      { to: "pending", value: 0.85, threshold: 0.8 },
      { to: "firing", value: 0.93, threshold: 0.8, reason: "the condition has held for 2 min, with 0.93 against 0.8" },
    ]);
    expect(stages.map(({ stage, receiver, decision }) => [stage, receiver, decision])).toEqual([
      ["route", "ops", "passed"],
      ["topology", "ops", "passed"],
      ["dedup", "ops", "passed"],
      ["deliver", "ops", "queued"],
    ]);
  });

  it("says of what ended at once that nobody had to know", () => {
    const { ports, fire, resolve, pass, told } = project();
    fire();
    resolve();
    pass(MINUTE);
    expect(told()).toEqual([]);
    expect(readTrace(ports, ID).stages.at(-1)).toMatchObject({
      receiver: "ops",
      decision: "held",
      reason: "it resolved before this receiver was told that it fires",
    });
  });

  it("counts a decision that is taken again and again, and stays bounded", () => {
    const { ports, clock, fire, pass } = project();
    silence(ports, ADMIN, { matchers: HOST, endsAt: clock.now + 100 * HOUR, comment: "" });
    fire();
    pass(MINUTE);
    for (let i = 0; i < 300; i++) {
      const other = [{ name: "host_name", value: `other${i}`, isRegex: false, isEqual: true }];
      const made = silence(ports, ADMIN, { matchers: other, endsAt: clock.now + HOUR, comment: "" });
      expireSilence(ports, ADMIN, made.ok ? made.value.silenceID : "");
      pass(MINUTE);
    }
    const held = readTrace(ports, ID).stages.filter(({ stage }) => stage === "silence");
    expect(held).toMatchObject([{ decision: "held", count: 301 }]);
    for (let i = 0; i < 300; i++) snooze(ports, ADMIN, ID, clock.now + i * 1000 + 1);
    const trace = readTrace(ports, ID);
    expect(trace.stages.length).toBeLessThanOrEqual(200);
    expect(trace.stages[0]).toMatchObject({ stage: "route" });
    expect(trace.dropped).toBeGreaterThan(0);
  });
});

describe("a silence", () => {
  it("warns its maker before it ends while something it holds still fires, and tells afterwards what happened", () => {
    const { ports, clock, fire, resolve, pass, told, database } = project();
    putReceiver(ports, ADMIN, { ...OPS, name: "admin" }, { allowed: [] });
    putRoutes(ports, ADMIN, { route: { receiver: "ops", group_wait: "5s" } });
    silence(ports, ADMIN, { matchers: HOST, endsAt: clock.now + HOUR, comment: "deploy" });
    fire();
    fire({ id: "other", fingerprint: "beef", rule: "DiskFull" });
    pass(MINUTE);
    resolve({ id: "other-end", fingerprint: "beef", rule: "DiskFull" });
    pass(58 * MINUTE);
    expect(told()).toEqual(["admin silence_ending firing"]);
    expect(database.messages[0]?.remark).toBe('The silence on {host_name="h1"} ends in 6 min, and 1 alert that it holds still fires.');
    expect(database.news.at(-1)).toMatchObject({ remark: database.messages[0]?.remark });
    pass(2 * MINUTE);
    expect(told().toSorted()).toEqual(["admin silence_ending firing", "admin silence_summary firing", "ops new firing"]);
    expect(database.messages.find(({ reason }) => reason === "silence_summary")?.remark).toBe(
      'The silence on {host_name="h1"} has ended. Meanwhile 2 alerts fired and 1 alert resolved; 1 still fires.',
    );
  });

  it("counts what it holds now and has held, and is shown for five days after its end", () => {
    const { ports, clock, fire, resolve, pass } = project();
    silence(ports, ADMIN, { matchers: HOST, endsAt: clock.now + HOUR, comment: "" });
    fire();
    fire({ id: "other", fingerprint: "beef" });
    resolve({ id: "other-end", fingerprint: "beef" });
    expect(silenceReports(ports, false)).toMatchObject([{ state: "active", heldNow: 1, heldTotal: 2 }]);
    pass(2 * HOUR);
    expect(silenceReports(ports, false)).toEqual([]);
    expect(silenceReports(ports, true)).toMatchObject([{ state: "expired", heldNow: 0, heldTotal: 2 }]);
    pass(6 * 24 * HOUR);
    advance(ports);
    expect(silenceReports(ports, true)).toEqual([]);
  });

  it("is changed under its id while it says the same, and makes way for a new one when it says something else", () => {
    const { ports, clock } = project();
    const made = silence(ports, ADMIN, { matchers: HOST, endsAt: clock.now + HOUR, comment: "" });
    const id = made.ok ? made.value.silenceID : "";
    expect(silence(ports, ADMIN, { id, matchers: HOST, endsAt: clock.now + 2 * HOUR, comment: "longer" })).toEqual({
      ok: true,
      value: { silenceID: id },
    });
    const other = silence(ports, ADMIN, {
      id,
      matchers: [{ name: "job", value: "x", isRegex: false, isEqual: true }],
      endsAt: clock.now + HOUR,
      comment: "",
    });
    expect(other.ok && other.value.silenceID).not.toBe(id);
    expect(listSilences(ports)).toHaveLength(1);
    expect(silence(ports, ADMIN, { id: "none", matchers: HOST, endsAt: clock.now + HOUR, comment: "" })).toMatchObject({
      error: { code: "not_found" },
    });
  });

  it("that is ended early lets go of what it held", () => {
    const { ports, clock, fire, pass, told, database } = project();
    const made = silence(ports, ADMIN, { matchers: HOST, endsAt: clock.now + HOUR, comment: "" });
    fire();
    pass(MINUTE);
    expect(told()).toEqual([]);
    expireSilence(ports, ADMIN, made.ok ? made.value.silenceID : "");
    pass(MINUTE);
    expect(told()).toEqual(["ops new firing"]);
    expect(database.news.at(-1)?.alert.silencedUntil).toBeNull();
  });
});

describe("routes", () => {
  it("are Alertmanager's words for the default tree until somebody says otherwise, and again when that is taken back", () => {
    const { ports } = project();
    const first = readRoutes(ports);
    expect(first.route).toEqual({
      receiver: "editor",
      group_by: ["alertname"],
      group_wait: "5s",
      routes: [{ receiver: "ops", continue: true }],
    });
    expect(putRoutes(ports, ADMIN, { route: { receiver: "ops" } })).toMatchObject({ ok: true, value: { route: { receiver: "ops" } } });
    deleteRoutes(ports, ADMIN);
    expect(readRoutes(ports)).toEqual(first);
    expect(putRoutes(ports, ADMIN, { route: { receiver: "nobody" } })).toMatchObject({
      error: { code: "bad_routes", message: expect.stringContaining('"nobody"') },
    });
  });

  it("that change tell nobody twice, and tell who is new", () => {
    const { ports, fire, pass, told } = project();
    fire();
    pass(MINUTE);
    rerouting(ports, () => putReceiver(ports, ADMIN, { ...OPS, name: "late" }, { allowed: [] }));
    pass(MINUTE);
    expect(told()).toEqual(["ops new firing", "late new firing"]);
    rerouting(ports, () => deleteReceiver(ports, ADMIN, "late"));
    pass(9 * HOUR);
    expect(told().slice(2)).toEqual(["ops repeat firing", "ops repeat firing"]);
  });

  it("say where an alert would go, and why", () => {
    const { ports } = project();
    putRoutes(ports, ADMIN, {
      route: {
        receiver: "editor",
        routes: [{ receiver: "ops", matchers: ["team=web"], group_by: ["service"], mute_time_intervals: ["always"] }],
      },
      time_intervals: [{ name: "always", time_intervals: [{ location: "Europe/Rome" }] }],
    });
    expect(testRoutes(ports, { team: "web", service: "shop" })).toMatchObject({
      receivers: ["ops"],
      routes: [
        { receiver: "ops", groupLabels: { service: "shop" }, muted: "the route is mute during always", why: 'it matches {team="web"}' },
      ],
      inhibitedBy: null,
    });
    expect(testRoutes(ports, {})).toMatchObject({
      receivers: ["editor"],
      routes: [{ why: "no child of the root matches, so the root takes it" }],
    });
  });

  it("name the rules that nobody would hear", () => {
    const { ports, clock } = project();
    const rules = [
      alertRule("Heard", "up == 0", { labels: { team: "web" } }),
      alertRule("Unheard", "up == 0", { labels: { team: "db" } }),
      alertRule("Quiet", "up == 0", { labels: { team: "web" } }),
    ];
    putRuleGroup(ports, ADMIN, { name: "g", intervalMs: 60_000, rules });
    putRoutes(ports, ADMIN, { route: { receiver: "editor", routes: [{ receiver: "ops", matchers: ["team=web"] }] } });
    silence(ports, ADMIN, {
      matchers: [{ name: "alertname", value: "Quiet", isRegex: false, isEqual: true }],
      endsAt: clock.now + HOUR,
      comment: "",
    });
    expect(unheardRules(ports).map(({ rule, reasons }) => [rule, reasons[0]?.replace(/silence \S+/, "silence X")])).toEqual([
      ["Unheard", "the route {} leads to the editor alone"],
      ["Quiet", "silence X of admin holds all of it until 1970-01-01T01:16:40.000Z"],
    ]);
  });
});
