import type { AlertTransition } from "@sightline/shared/model/alert";
import { ok } from "@sightline/shared/model/result";
import { expect, test } from "vitest";
import { channelKey } from "../../worker/src/alerting/channel.ts";
import type { GroupNotification } from "../../worker/src/alerting/group-notification.ts";
import { acknowledge } from "../../worker/src/project/alert-actions.ts";
import { acknowledgeByLink, linkedAlert } from "../../worker/src/project/on-call/links.ts";
import { putPolicy } from "../../worker/src/project/on-call/policies.ts";
import { putSchedule } from "../../worker/src/project/on-call/schedules.ts";
import { advance, nextWakeAt, readAlerts, receiveTransitions } from "../../worker/src/project/project-core.ts";
import { putReceiver } from "../../worker/src/project/receivers.ts";
import { putRouting } from "../../worker/src/project/routing.ts";
import { knownNames } from "../../worker/src/project/targets.ts";
import { readTrace } from "../../worker/src/project/trace.ts";
import { putUser } from "../../worker/src/project/users.ts";
import { aTransition } from "../support/an-alert.ts";
import { ADMIN, type TestProject, projectInMemory } from "./project-in-memory.ts";

const MINUTE = 60_000;
const HOOK = { type: "webhook", url: "https://hooks.example.org/", sendResolved: true } as const;

/** Ada is on call and reached by a webhook; after five minutes the war room is told, then it begins again. */
function staffed(): TestProject {
  const project = projectInMemory();
  const { ports } = project;
  const policy = { allowed: [] };
  const done = [
    putReceiver(ports, ADMIN, { name: "war-room", integrations: [HOOK] }, policy),
    putUser(ports, ADMIN, { id: "ada", name: "Ada", email: "", timeZone: "UTC", contacts: [{ kind: "webhook", value: "https://ada.example.org/" }] }, policy),
    putUser(ports, ADMIN, { id: "ben", name: "Ben", email: "ben@example.org", timeZone: "UTC", contacts: [] }, policy),
    putSchedule(ports, ADMIN, { name: "web", overrides: [], layers: [{ name: "l", timeZone: "UTC", users: ["ada"], start: "1970-01-01T00:00", rotation: { every: 1, unit: "weeks" } }] }),
    putPolicy(ports, ADMIN, {
      name: "page",
      repeat: null,
      steps: [
        { targets: [{ schedule: "web" }], waitMs: 5 * MINUTE },
        { targets: [{ receiver: "war-room" }, { user: "ben" }], waitMs: 10 * MINUTE },
      ],
    }),
    ports.database.transaction(() =>
      putRouting(ports, ADMIN, { route: { receiver: "page", matchers: [], groupBy: ["alertname"], groupWaitMs: 0, continue: false, routes: [] }, inhibitRules: [], timeIntervals: [] }, knownNames(ports)),
    ),
  ]; // prettier-ignore
  expect(done.every((result) => result.ok)).toBe(true);
  return project;
}

const transition = (to: AlertTransition["to"], at: number): AlertTransition =>
  aTransition({
    id: `t-${to}-${at}`,
    fingerprint: "f",
    rule: "Down",
    from: to === "firing" ? "pending" : "firing",
    to,
    at,
    activeAt: 1_000_000,
  });

/** Messages that people got since the last call, in order: receiver, reason, state. */
function collector({ ports }: TestProject): () => readonly string[] {
  return () => {
    const rows = ports.database.all<{ id: number; body: string; receiver: string }>("SELECT id, body, receiver FROM outbox WHERE receiver <> 'editor' ORDER BY id");
    ports.database.run("DELETE FROM outbox");
    return rows.map(({ body, receiver }) => {
      const { reason, status } = JSON.parse(body) as GroupNotification;
      return `${receiver} ${reason} ${status}`;
    });
  }; // prettier-ignore
}

/** Nothing is delivered here, so what waits in the outbox is no reason to wake. */
const undelivered = ({ ports }: TestProject): ReadonlySet<string> =>
  new Set(
    ports.database.all<{ receiver: string; integration: number }>("SELECT DISTINCT receiver, integration FROM outbox").map(channelKey),
  );

/** Lets the project do whatever becomes due within so many minutes, each thing in its moment. */
function pass(project: TestProject, minutes: number): void {
  const { ports, clock } = project;
  const until = clock.now + minutes * MINUTE;
  for (let at: number | null = clock.now; at !== null && at <= until; at = nextWakeAt(ports, undelivered(project))) {
    clock.now = Math.max(clock.now, at);
    advance(ports);
  }
  clock.now = until;
}

test("an unanswered alert goes step by step through the policy and begins again", () => {
  const project = staffed();
  const collect = collector(project);
  receiveTransitions(project.ports, [transition("firing", 1_000_000)]);
  pass(project, 1);
  expect(collect()).toEqual(["@ada new firing"]);
  pass(project, 5);
  // Ben has a mail address, but nothing in this project can send mail: the trace says so.
  expect(collect()).toEqual(["war-room escalation firing"]);
  pass(project, 10);
  expect(collect()).toEqual(["@ada escalation firing"]);
  const [alert] = readAlerts(project.ports, { limit: 1 });
  const reasons = readTrace(project.ports, alert?.id ?? "").stages.filter(({ stage }) => stage === "escalation").map(({ reason }) => reason);
  expect(reasons.slice(0, 2)).toEqual([
    "step 1 of page: ada",
    "step 2 of page: war-room, ben (cannot be reached: no receiver has mail settings to reach ben@example.org by)",
  ]);
}); // prettier-ignore

test("an acknowledgement ends it, and whoever was told is told the end", () => {
  const project = staffed();
  const { ports, clock } = project;
  const collect = collector(project);
  receiveTransitions(ports, [transition("firing", 1_000_000)]);
  pass(project, 6);
  expect(collect()).toEqual(["@ada new firing", "war-room escalation firing"]);
  const [alert] = readAlerts(ports, { limit: 1 });
  expect(acknowledge(ports, ADMIN, alert?.id ?? "", null).ok).toBe(true);
  pass(project, 60);
  expect(collect()).toEqual([]);
  receiveTransitions(ports, [transition("resolved", clock.now)]);
  pass(project, 10);
  expect(collect()).toEqual(["@ada changed resolved", "war-room changed resolved"]);
  expect(nextWakeAt(ports, undelivered(project))).toBeNull();
});

test("who was told can acknowledge by their own link, for a week, and nobody can by another", () => {
  const project = staffed();
  const { ports, clock } = project;
  receiveTransitions(ports, [transition("firing", 1_000_000)]);
  pass(project, 0);
  const [row] = ports.database.all<{ body: string }>("SELECT body FROM outbox WHERE receiver = '@ada'");
  const link = Object.values((JSON.parse(row?.body ?? "{}") as GroupNotification).acknowledge ?? {})[0] ?? "";
  expect(linkedAlert(ports, link)).toMatchObject({ user: "Ada", alert: { name: "Down", state: "firing" } });
  expect(acknowledgeByLink(ports, `${link.slice(0, -1)}${link.endsWith("0") ? "1" : "0"}`)).toBeNull();
  expect(acknowledgeByLink(ports, link)).toMatchObject(ok({ state: "acknowledged", acknowledgedBy: "Ada" }));
  clock.now += 8 * 86_400_000;
  expect(linkedAlert(ports, link)).toBeNull();
});
