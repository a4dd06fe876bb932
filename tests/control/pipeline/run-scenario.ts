/** Drives the project's core through a scenario and judges it against the reference at every moment anything may change. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { AlertTransition } from "@sightline/shared/model/alert";
import type { Principal } from "@sightline/shared/model/principal";
import { EDITOR } from "../../../worker/src/alerting/notification.ts";
import { acknowledge, snooze } from "../../../worker/src/project/alert-actions.ts";
import { nextAlertChangeAt } from "../../../worker/src/project/alert-clock.ts";
import { nextFlushAt } from "../../../worker/src/project/alert-groups.ts";
import { advance, openProject, readAlerts, receiveTransitions } from "../../../worker/src/project/project-core.ts";
import type { ProjectPorts } from "../../../worker/src/project/project-ports.ts";
import { putReceiver } from "../../../worker/src/project/receivers.ts";
import { putRoutes } from "../../../worker/src/project/routing-actions.ts";
import { expireSilence, silence } from "../../../worker/src/project/silence-lifecycle.ts";
import { nextSilenceChangeAt } from "../../../worker/src/project/silences.ts";
import { FailingDatabase } from "../../support/node-database.ts";
import { Deliveries } from "./deliveries.ts";
import { RecordingDatabase } from "./recording-database.ts";
import { BEGIN, type Config, ESCALATES_AFTER, GROUP_INTERVAL, GROUP_WAIT, REPEAT, SOURCES, type Source, type Step } from "./scenario.ts";
import { ToldLog } from "./told-log.ts";
import { type Episode, type Hold, World } from "./world.ts";

const ADMIN: Principal = { project: "p", tokenId: "t", tokenName: "admin", role: "admin" };
const HOLDS: readonly string[] = ["inhibit", "silence", "acknowledged", "snooze", "mute", "flap"];
/** A change is told at the latest after this, when nothing holds it. */
const PATIENCE = GROUP_WAIT + GROUP_INTERVAL;

class Run {
  readonly #disk = new RecordingDatabase();
  readonly #world: World;
  readonly #told: ToldLog;
  readonly #deliveries = new Deliveries();
  #failing = new FailingDatabase(this.#disk, Number.POSITIVE_INFINITY);
  #ports: ProjectPorts;
  #now = BEGIN;
  #counter = 0;
  #crashAt = Number.POSITIVE_INFINITY;
  #seenMessages = 0;
  /** By receiver and id: since when it fires and nothing holds it. */
  readonly #clearSince = new Map<string, number>();

  constructor(config: Config) {
    this.#world = new World(config);
    this.#told = new ToldLog(this.#world);
    this.#ports = this.#open();
    for (const name of ["ops", "pager"]) {
      const integration = { type: "webhook", url: `https://${name}.example.org/`, sendResolved: name === "ops" } as const;
      assert.ok(putReceiver(this.#ports, ADMIN, { name, integrations: [integration] }, { allowed: [] }).ok);
    }
    if (config.routes !== null) assert.ok(putRoutes(this.#ports, ADMIN, config.routes).ok);
  }

  #open(): ProjectPorts {
    this.#failing = new FailingDatabase(this.#disk, Number.POSITIVE_INFINITY);
    const surroundings = {
      database: this.#failing,
      now: () => this.#now,
      randomBytes: (length: number) => {
        const bytes = new Uint8Array(length);
        new DataView(bytes.buffer).setUint32(0, ++this.#counter);
        return bytes;
      },
      sha256: (text: string) => createHash("sha256").update(text).digest("hex"),
      hmacSha256: (key: string, text: string) =>
        createHash("sha256")
          .update(key + text)
          .digest("hex"),
    };
    return openProject({ ...surroundings, foldsFrom: this.#world.config.foldsFrom }, "p", []);
  }

  /** Does it once, however often the disk fails: what a caller does that got no answer. */
  #surely<T>(act: () => T): T {
    this.#failing.failAfter(this.#crashAt);
    this.#crashAt = Number.POSITIVE_INFINITY;
    try {
      return act();
    } catch (error) {
      if (!this.#failing.failed) throw error;
      this.#ports = this.#open();
      return act();
    } finally {
      this.#failing.failAfter(Number.POSITIVE_INFINITY);
    }
  }

  #send(source: Source, from: AlertTransition["from"], to: AlertTransition["to"], activeAt: number, flapsUntil: number): string {
    const fingerprint = `${source.name}${source.host}`;
    const flapping = { since: activeAt, until: flapsUntil, reason: "it came and went" };
    const transition: AlertTransition = {
      id: `${fingerprint}-${activeAt}-${to}`,
      fingerprint,
      rule: source.name,
      labels: { alertname: source.name, host: source.host, severity: source.severity },
      annotations: {},
      severity: source.severity,
      from,
      to,
      at: this.#now,
      activeAt,
      value: 1,
      threshold: null,
      condition: "",
      recommendations: [],
      ...(source.name === "Slow" ? { escalate: [{ afterMs: ESCALATES_AFTER, severity: "critical" }] } : {}),
      ...(flapsUntil > this.#now ? { flapping } : {}),
    };
    this.#surely(() => receiveTransitions(this.#ports, [transition]));
    return `${fingerprint}-${activeAt.toString(36)}`;
  }

  #fire(source: Source, flapsMs: number, twice: boolean): void {
    if (this.#world.firing(source) !== undefined) return;
    const flapsUntil = this.#now + flapsMs;
    const id = this.#send(source, "inactive", "firing", this.#now, flapsUntil);
    if (twice) this.#send(source, "inactive", "firing", this.#now, flapsUntil);
    const earlier = this.#world.episodes.findLast((episode) => episode.source === source);
    this.#world.fire(id, source, this.#now, flapsMs > 0 ? flapsUntil : 0);
    if (earlier !== undefined) this.#told.supersede(earlier.id, id);
  }

  async step(step: Step): Promise<void> {
    this.#do(step);
    this.#look();
    await this.#deliveries.deliver(this.#ports);
  }

  #do(step: Step): void {
    // Two things never happen in the same millisecond, so that each decision is judged by what it saw.
    if (step.do !== "wait") this.#wait(1);
    const source = "source" in step ? SOURCES[step.source] : undefined;
    const episode = source === undefined ? undefined : this.#world.firing(source);
    if (step.do === "wait") this.#wait(step.ms);
    else if (step.do === "reopen") this.#ports = this.#open();
    else if (step.do === "crash") this.#crashAt = step.statement;
    else if (step.do === "receiver") this.#deliveries.state.set(step.receiver, step.state);
    else if (step.do === "unsilence") this.#unsilence(step.nth);
    else if (source === undefined) return;
    else if (step.do === "fire") this.#fire(source, 0, step.twice);
    else if (step.do === "flap") this.#fire(source, step.ms, false);
    else if (step.do === "silence") this.#silence(step, source);
    else if (episode === undefined) return;
    else if (step.do === "resolve") this.#resolve(episode);
    else if (step.do === "blink") this.#blink(episode);
    else if (step.do === "acknowledge") this.#acknowledge(episode);
    else this.#snooze(episode, step.ms);
  }

  #resolve(episode: Episode): void {
    this.#send(episode.source, "firing", "resolved", episode.firedAt, 0);
    episode.resolvedAt = this.#now;
    episode.snoozedUntil = 0;
  }

  #blink(episode: Episode): void {
    this.#resolve(episode);
    this.#wait(1);
    this.#fire(episode.source, 0, false);
  }

  #acknowledge(episode: Episode): void {
    if (episode.acknowledgedAt <= this.#now) return;
    assert.ok(this.#surely(() => acknowledge(this.#ports, ADMIN, episode.id, null)).ok);
    episode.acknowledgedAt = this.#now;
  }

  #snooze(episode: Episode, ms: number): void {
    assert.ok(this.#surely(() => snooze(this.#ports, ADMIN, episode.id, this.#now + ms)).ok);
    episode.snoozedUntil = this.#now + ms;
  }

  #silence({ by, inMs, ms }: Extract<Step, { do: "silence" }>, source: Source): void {
    const from = this.#now + inMs;
    const value = by === "host" ? source.host : source.name;
    const matchers = [{ name: by, value, isRegex: false, isEqual: true }];
    const put = this.#surely(() => silence(this.#ports, ADMIN, { matchers, startsAt: from, endsAt: from + ms, comment: "" }));
    assert.ok(put.ok);
    this.#world.silences.push({ by, value, from, to: from + ms, id: put.value.silenceID });
  }

  #unsilence(nth: number): void {
    const live = this.#world.silences.filter(({ to }) => to > this.#now)[nth];
    if (live === undefined) return;
    assert.ok(this.#surely(() => expireSilence(this.#ports, ADMIN, live.id)).ok);
    live.to = this.#now;
  }

  /** Lets time pass from one moment at which something may change to the next. */
  #wait(ms: number): void {
    const until = this.#now + ms;
    do {
      const wakes = [nextSilenceChangeAt(this.#ports), nextAlertChangeAt(this.#ports), nextFlushAt(this.#ports)];
      const next = wakes.filter((time) => time !== null && time > this.#now).concat(this.#world.nextBoundary(this.#now));
      const before = this.#now;
      this.#now = Math.min(until, ...next.map(Number));
      for (const episode of this.#world.episodes) {
        if (episode.snoozedUntil > before && episode.snoozedUntil <= this.#now) this.#told.tellAnew(episode.id);
      }
      for (const { id } of this.#world.escalate(this.#now)) this.#told.tellAnew(id);
      this.#look();
    } while (this.#now < until);
  }

  /** What an alarm does at this moment, and whether it was right. */
  #look(): void {
    this.#surely(() => advance(this.#ports));
    const { messages, traces } = this.#disk;
    for (const message of messages.slice(this.#seenMessages)) this.#told.add(message, this.#now);
    this.#seenMessages = messages.length;
    this.#checkTraces(traces);
    this.#checkNothingIsLost();
  }

  /** Every decision to hold that was just traced names what really held. */
  #checkTraces(traces: RecordingDatabase["traces"]): void {
    for (const [id, { stages }] of traces) {
      const episode = this.#world.episodes.find((each) => each.id === id);
      if (episode === undefined) continue;
      for (const { stage, decision, lastAt, receiver } of stages) {
        if (decision !== "held" || lastAt !== this.#now || !HOLDS.includes(stage)) continue;
        const holds = receiver === EDITOR ? this.#holdsOfEditor(episode) : this.#world.holds(episode, receiver ?? "", this.#now);
        assert.ok(holds.includes(stage as Hold), `the trace of ${id} says ${stage}, but ${holds.join() || "nothing"} holds it`);
      }
    }
    traces.clear();
  }

  /** The editor hears by every route: what holds it back does so on all of them. */
  #holdsOfEditor(episode: Episode): readonly Hold[] {
    const receivers = this.#world.config.receiversOf(episode.source, episode.severity);
    const holds = receivers.map(({ receiver }) => this.#world.holds(episode, receiver, this.#now));
    return holds.every(({ length }) => length > 0) ? holds.flat() : [];
  }

  #checkNothingIsLost(): void {
    for (const episode of this.#world.episodes) {
      if (!this.#world.isNewest(episode)) continue;
      for (const { receiver } of this.#world.config.receiversOf(episode.source, episode.severity)) {
        const name = `${receiver} ${episode.id} ${this.#world.isFiring(episode) ? "fires" : "is over"}`;
        if (this.#world.holds(episode, receiver, this.#now).length > 0) this.#clearSince.delete(name);
        else if (!this.#clearSince.has(name)) this.#clearSince.set(name, this.#now);
        const clear = this.#now - (this.#clearSince.get(name) ?? this.#now);
        if (clear < PATIENCE) continue;
        if (!this.#world.isFiring(episode)) {
          assert.ok(
            receiver === "pager" || !this.#told.isOpen(receiver, episode.id),
            `${receiver} was not told that ${episode.id} is over`,
          );
          continue;
        }
        const heard = this.#told.lastHeard(receiver, episode.id);
        assert.ok(heard > 0, `${receiver} was not told of ${episode.id}, which nothing has held for ${clear} ms`);
        assert.ok(this.#now - heard <= REPEAT || clear < REPEAT + PATIENCE, `${receiver} was not told again of ${episode.id}`);
      }
    }
  }

  /** After everything was mended: what happened is known everywhere, and every silence of ours has its reason. */
  async finish(): Promise<void> {
    this.#deliveries.state.clear();
    for (let tries = 0; tries < 200; tries++) {
      await this.#deliveries.deliver(this.#ports);
      const next = this.#deliveries.nextAt(this.#ports);
      if (next === null) break;
      this.#wait(Math.max(1, next - this.#now));
    }
    this.#deliveries.check(this.#disk.messages, this.#ports);
    digests += this.#deliveries.digests;
    const alerts = new Map(readAlerts(this.#ports, { limit: 1000 }).map((alert) => [alert.id, alert]));
    for (const episode of this.#world.episodes) {
      const alert = alerts.get(episode.id);
      const last = this.#disk.news.findLast(({ alert: { id } }) => id === episode.id)?.alert;
      assert.equal(last?.state, alert?.state, `the editor believes ${episode.id} to be ${last?.state}`);
      assert.equal(alert?.state === "resolved", !this.#world.isFiring(episode));
      for (const { receiver } of this.#world.config.receiversOf(episode.source, episode.severity)) this.#checkExplained(episode, receiver);
    }
  }

  #checkExplained(episode: Episode, receiver: string): void {
    const wasTold = this.#disk.messages.some(
      (message) => message.receiver === receiver && message.alerts.some(({ id }) => id === episode.id),
    );
    if (wasTold) return;
    const rows = this.#disk.all<{ body: string }>("SELECT body FROM trace WHERE alert_id = ?", episode.id);
    const { stages } = JSON.parse(rows[0]?.body ?? '{"stages":[]}') as { stages: { receiver?: string; decision: string }[] };
    const held = stages.some((entry) => entry.receiver === receiver && entry.decision === "held");
    const waits =
      this.#disk.all(
        "SELECT 1 FROM group_alerts g JOIN alert_groups a ON a.key = g.group_key WHERE g.alert_id = ? AND a.receiver = ? AND a.flush_at IS NOT NULL",
        episode.id,
        receiver,
      ).length > 0;
    assert.ok(held || waits, `nothing says why ${receiver} was not told of ${episode.id}: ${JSON.stringify(stages)}`);
  }

  get told(): number {
    return this.#disk.messages.length;
  }
}

let digests = 0;
/** Messages that told of many groups, in all runs so far. */
export const digestsSoFar = (): number => digests;

/** Throws where the pipeline and the reference differ; returns how many messages there were. */
export async function runScenario(config: Config, steps: readonly Step[]): Promise<number> {
  const run = new Run(config);
  for (const step of steps) await run.step(step);
  await run.finish();
  return run.told;
}
