import type { AlertState, AlertTransition, Flapping, StandingAlert } from "@sightline/shared/model/alert";
import { FLAP_MEMORY_MS, judgeFlapping, rememberChange } from "@sightline/shared/alerting/flapping";
import type { ByteReader } from "@sightline/shared/encoding/byte-reader";
import type { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import { type Labels, seriesKey } from "@sightline/shared/model/labels";
import { type RuleFault, ruleKey } from "@sightline/shared/model/rule";
import {
  type AlertInstanceState,
  type AlertObservation,
  nextStepAt,
  stepAlertState,
  transitionId,
} from "@sightline/shared/alerting/alert-state";
import { alertLabelsOf, alertSeverity } from "@sightline/shared/rules/alert-labels";
import { isOpen } from "@sightline/shared/rules/alerts-of-series";
import { expandAlertTemplates } from "@sightline/shared/template/alert-template";
import type { PrometheusTemplatePorts } from "@sightline/shared/template/prometheus-functions";
import { AlikeAlerts, alikeKey, mayBeAlike } from "./alike-alerts.ts";
import { type AlertRow, decodeAlert, encodeAlert } from "./alert-rows.ts";
import { CeasedRow } from "./ceased-row.ts";
import type { CompiledRule } from "./compiled-rule.ts";
import { carriedBy } from "./rule-ids.ts";

export interface AlertInstance {
  readonly fingerprint: string;
  /** Null: its rule is gone or says something else now; it is resolved at the next chance. */
  rule: CompiledRule | null;
  readonly ruleId: string;
  readonly definition: string;
  /** Labels of the series or result it was raised for; the metric's name among them where the result keeps it, for templates. */
  readonly source: Labels;
  state: AlertInstanceState;
  /** What it last told people; its texts are those of the moment it was written. */
  told: AlertTransition;
  /** The newest observation in which its condition held, by which its texts of now go; null until there is one in this object's life. */
  held: AlertObservation | null;
  /** When it last fired and resolved, see flapping.ts. */
  changes: readonly number[];
  readonly ceased: CeasedRow;
  /** Its series goes on in another shard, which has been told of it: it is neither judged nor shown here. */
  given?: boolean;
}

/** The setting of a rule that would have kept quiet, in words. `source`: labels of the series, with or without its name. */
type Suggest = (rule: CompiledRule, source: Labels, atMs: number) => string | undefined;

/** Every alert of a shard that is pending, firing or cooling down, and what of it must be written with the next commit. */
export class AlertBook {
  readonly instances = new Map<string, AlertInstance>();
  readonly #dirty = new Set<string>();
  /** The open alerts of streaming rules that others might come to be alike with: by what they are known by. */
  readonly #holders = new Map<string, string>();
  readonly #alike = new AlikeAlerts();
  #transitions: AlertTransition[] = [];
  readonly #templates: (atMs: number) => PrometheusTemplatePorts;
  readonly #suggest: Suggest;
  #onAlert: (fingerprint: string) => void = () => undefined;
  /** What the texts of alerts of one moment asked, until these are taken. */
  #asked: PrometheusTemplatePorts | null = null;

  /** `templates`: what the texts of an alert may ask, at the time of the observation that raised it; `suggest`: asked once when an alert begins to flap. */
  constructor(templates: (atMs: number) => PrometheusTemplatePorts, suggest: Suggest = () => undefined) {
    this.#templates = templates;
    this.#suggest = suggest;
  }

  /** `told`: of every alert that comes to be known, before it is asked for again. */
  onAlert(told: (fingerprint: string) => void): void {
    this.#onAlert = told;
  }

  #add(instance: AlertInstance): void {
    this.instances.set(instance.fingerprint, instance);
    this.#onAlert(instance.fingerprint);
  }

  step(rule: CompiledRule, fingerprint: string, source: Labels, observation: AlertObservation): void {
    const instance = this.instances.get(fingerprint);
    if (!observation.active && this.#alike.any) this.#alike.release(fingerprint);
    if (instance === undefined && !observation.active && observation.gap !== true) return;
    const begins = observation.active && (instance === undefined || !isOpen(instance.state));
    if (begins && mayBeAlike(rule, source) && !this.#admits(rule, fingerprint, source, observation)) return;
    const step = stepAlertState(instance?.state ?? null, observation, rule.rule);
    if (step.state === null) {
      if (instance === undefined) return;
      // What it remembers of its changes outlives the cooldown.
      if (observation.at < expiresAt(instance)) instance.state = { ...instance.state, state: "resolved", at: observation.at };
      else {
        this.instances.delete(fingerprint);
        this.#dirty.add(fingerprint);
      }
      if (step.transition !== undefined) this.#tell(instance, step.transition, observation);
      return;
    }
    const held = observation.active || observation.holds === true ? observation : null;
    if (instance !== undefined) {
      if (instance.ceased.isDue(instance.state.ceasedAt, step.state.ceasedAt, observation.at)) this.#dirty.add(fingerprint);
      instance.state = step.state;
      instance.held = held ?? instance.held;
      if (step.transition !== undefined) this.#tell(instance, step.transition, observation);
      return;
    }
    const announced = this.#announcement(rule, fingerprint, source, "inactive", step.state.state, step.state.activeAt, observation);
    const told = { ...announced, ...gapOf(step.state) };
    const changes = told.to === "firing" ? [told.at] : [];
    const { id: ruleId, definition } = rule;
    this.#add({ fingerprint, rule, ruleId, definition, source, state: step.state, told, held, changes, ceased: new CeasedRow() });
    this.#transitions.push(told);
    this.#dirty.add(fingerprint);
  }

  /** Whether no other open alert of its rule has its labels. One that began in this very batch is taken back: Prometheus would have seen both. */
  #admits(rule: CompiledRule, fingerprint: string, source: Labels, observation: AlertObservation): boolean {
    const key = alikeKey(rule, this.labelsOf(rule, source, observation));
    const held = this.#holders.get(key);
    const holder = held === undefined ? undefined : this.instances.get(held);
    const open = holder !== undefined && isOpen(holder.state) ? holder : undefined;
    if (this.#alike.admits(rule, key, fingerprint, open?.fingerprint, observation.at)) {
      this.#holders.set(key, fingerprint);
      return true;
    }
    const { activeAt } = open?.state ?? {};
    const isOfOpen = (told: AlertTransition): boolean => told.fingerprint === open?.fingerprint && told.activeAt === activeAt;
    if (open !== undefined && this.#transitions.some((told) => isOfOpen(told) && (told.from === "inactive" || told.from === "resolved"))) {
      this.#transitions = this.#transitions.filter((told) => !isOfOpen(told));
      this.instances.delete(open.fingerprint);
      this.#dirty.add(open.fingerprint);
    }
    return false;
  }

  /** Whether a series that breaches no more is worth a step though there is no alert. */
  get hasContests(): boolean {
    return this.#alike.any;
  }

  /** Rules whose labels make alerts alike. */
  faults(): readonly RuleFault[] {
    return this.#alike.faults();
  }

  /** Those of before are of rules that may have changed. */
  forgetContests(): void {
    this.#alike.clear();
  }

  #tell(
    instance: AlertInstance,
    { from, to, activeAt }: { from: AlertState; to: AlertState; activeAt: number },
    observation: AlertObservation,
  ): void {
    const { at, value, active } = observation;
    const { rule, fingerprint, source, state } = instance;
    const { gapSince: _gap, lastValueAt: _last, flapping: before, ...told } = instance.told;
    const shown = active ? value : state.value;
    const id = transitionId(fingerprint, activeAt, to, from === to ? (state.gapSince ?? at) : undefined);
    const more = { ...gapOf(state), ...this.#flapping(instance, { from, to, at }, before) };
    instance.told =
      rule === null || !active
        ? { ...told, ...this.#texts(instance), id, from, to, at, activeAt, value: shown, ...more }
        : { ...this.#announcement(rule, fingerprint, source, from, to, activeAt, { ...observation, value: shown }), id, ...more };
    this.#transitions.push(instance.told);
    this.#dirty.add(fingerprint);
  }

  #flapping(
    instance: AlertInstance,
    { from, to, at }: { from: AlertState; to: AlertState; at: number },
    before: Flapping | undefined,
  ): Pick<AlertTransition, "flapping"> {
    const { rule, source } = instance;
    if (from === to || (to !== "firing" && to !== "resolved")) return before === undefined || before.until < at ? {} : { flapping: before };
    instance.changes = rememberChange(instance.changes, at);
    const flapping = judgeFlapping(instance.changes, to === "firing", before);
    if (flapping === null) return {};
    if (flapping.since !== at || rule === null) return { flapping };
    const suggestion = this.#suggest(rule, source, at);
    return { flapping: suggestion === undefined ? flapping : { ...flapping, suggestion } };
  }

  /** Ends an alert whose rule is no more. */
  close(instance: AlertInstance, at: number): void {
    this.instances.delete(instance.fingerprint);
    this.#dirty.add(instance.fingerprint);
    const { state } = instance;
    if (state.state === "firing")
      this.#tell(instance, { from: "firing", to: "resolved", activeAt: state.activeAt }, { at, value: state.value, active: false });
    if (state.state === "pending")
      this.#tell(instance, { from: "pending", to: "inactive", activeAt: state.activeAt }, { at, value: state.value, active: false });
  }

  /** Forgets alerts whose cooldown is over and which have kept still. */
  expire(nowMs: number): void {
    this.#alike.expire(nowMs);
    for (const instance of this.instances.values()) {
      if (instance.state.state !== "resolved" || nowMs < expiresAt(instance)) continue;
      this.instances.delete(instance.fingerprint);
      this.#dirty.add(instance.fingerprint);
    }
  }

  /** The transitions and rows since the last call. */
  take(): { transitions: AlertTransition[]; states: { fingerprint: string; state: Uint8Array | null }[] } {
    this.#asked = null;
    if (this.#transitions.length === 0 && this.#dirty.size === 0) return { transitions: [], states: [] };
    const transitions = this.#transitions;
    this.#transitions = [];
    const states = [...this.#dirty].map((fingerprint) => {
      const instance = this.instances.get(fingerprint);
      if (instance !== undefined) instance.ceased.written = instance.state.ceasedAt;
      return { fingerprint, state: instance === undefined ? null : encodeAlert(instance) };
    });
    this.#dirty.clear();
    return { transitions, states };
  }

  /** Reads rows back; what is already here is replaced. False when a row was not understood. */
  restore(rows: readonly AlertRow[]): boolean {
    let understood = true;
    for (const { fingerprint, state } of rows) {
      const blob = decodeAlert(state);
      if (blob === null) understood = false;
      else {
        if (isOpen(blob.state)) this.#holders.set(`${blob.ruleId}\u00FE${seriesKey(blob.told.labels)}`, fingerprint);
        this.#add({
          fingerprint,
          rule: null,
          ruleId: blob.ruleId,
          definition: blob.definition,
          source: blob.source,
          state: blob.state,
          told: blob.told,
          held: null,
          changes: blob.changes ?? [],
          ceased: new CeasedRow(blob.state.ceasedAt),
        });
      }
    }
    return understood;
  }

  /** Its series goes on in another shard, which has its row: here it ends without a word. */
  letGo(fingerprint: string): void {
    this.instances.delete(fingerprint);
    this.#dirty.add(fingerprint);
  }

  /**
   * The other side; the rules of those taken are to be found anew. An episode that began here before the answer came is the later part of the
   * one that goes on: that one takes its place, and what was told of it is told to be over. What is not understood stays where it is.
   */
  receive(rows: readonly AlertRow[], nowMs: number): void {
    for (const row of rows) {
      const before = this.instances.get(row.fingerprint);
      const came = decodeAlert(row.state);
      if (came === null) continue;
      if (before !== undefined) {
        if (!isOpen(came.state) || (isOpen(before.state) && before.state.activeAt <= came.state.activeAt)) continue;
        this.close(before, nowMs);
      }
      this.restore([row]);
      this.#dirty.add(row.fingerprint);
    }
  }

  /** Gives every alert its rule among these, or none. */
  adopt(rules: readonly CompiledRule[]): void {
    const byMeaning = new Map(rules.map((rule) => [`${rule.id}\u00FE${carriedBy(rule.definition)}`, rule]));
    for (const instance of this.instances.values())
      instance.rule = byMeaning.get(`${instance.ruleId}\u00FE${carriedBy(instance.definition)}`) ?? null;
  }

  /** What changes with every sample and is not worth a row: goes with the snapshot. */
  save(writer: ByteWriter): void {
    writer.varint(this.instances.size);
    for (const { fingerprint, state } of this.instances.values()) {
      writer.string(fingerprint);
      for (const value of [state.at, state.heldAt, state.value]) writer.f64(value);
    }
  }

  /** After `restore`: a row written since the snapshot knows better. */
  load(reader: ByteReader): void {
    for (let left = reader.varint(); left > 0; left--) {
      const instance = this.instances.get(reader.string());
      const [at, heldAt, value] = [reader.f64(), reader.f64(), reader.f64()];
      if (instance !== undefined && at > instance.state.at) instance.state = { ...instance.state, at, heldAt, value };
    }
  }

  /** What the alert would be known by. */
  labelsOf(rule: CompiledRule, source: Labels, observation: Pick<AlertObservation, "at" | "value" | "histogram">): Labels {
    return alertLabelsOf(rule.rule, source, this.#renderer(rule, source, observation));
  }

  #renderer(rule: CompiledRule, source: Labels, { at, value, histogram }: Pick<AlertObservation, "at" | "value" | "histogram">) {
    const templates = this.#asked?.nowMs === at ? this.#asked : (this.#asked = this.#templates(at));
    return (texts: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
      expandAlertTemplates(texts, source, histogram ?? value, templates, rule.rule.name);
  }

  #announcement(
    rule: CompiledRule,
    fingerprint: string,
    source: Labels,
    from: AlertState,
    to: AlertState,
    activeAt: number,
    observation: AlertObservation,
  ): AlertTransition {
    const { at, value } = observation;
    const { name, recommendations, escalate } = rule.rule;
    const render = this.#renderer(rule, source, observation);
    const labels = alertLabelsOf(rule.rule, source, render);
    return {
      id: transitionId(fingerprint, activeAt, to),
      fingerprint,
      rule: name,
      labels,
      annotations: render(rule.rule.annotations),
      severity: alertSeverity(rule.rule, labels),
      from,
      to,
      at,
      activeAt,
      value,
      threshold: rule.threshold,
      condition: rule.shown,
      recommendations,
      ...(escalate === undefined ? {} : { escalate }),
    };
  }

  /** The group of the rule that raised it; empty where that rule is no more. */
  groupOf(fingerprint: string): string {
    return this.instances.get(fingerprint)?.rule?.group ?? "";
  }

  /** The groups that have pending or firing alerts. */
  openGroups(): ReadonlySet<string> {
    const groups = new Set<string>();
    for (const { rule, state } of this.instances.values()) if (isOpen(state)) groups.add(rule?.group ?? "");
    return groups;
  }

  /** Pending and firing, with their latest value; of one rule where it is given. */
  active(of?: CompiledRule): AlertTransition[] {
    return [...this.instances.values()].filter((one) => isShown(one) && (of === undefined || one.rule === of)).map(latest);
  }

  /** The same with their annotations of now, as Prometheus expands them at every evaluation; of these fingerprints where some are given. */
  shown(fingerprints?: readonly string[]): StandingAlert[] {
    this.#asked = null;
    const among = fingerprints?.map((each) => this.instances.get(each)).filter((each) => each !== undefined) ?? this.instances.values();
    return [...among].filter(isShown).map((instance) => {
      const { rule, state } = instance;
      const kept = state.ceasedAt === undefined ? {} : { keepFiringSince: state.ceasedAt };
      return { ...latest(instance), ...this.#texts(instance), ...kept, raisedBy: rule === null ? "" : ruleKey(rule.group, rule.rule) };
    });
  }

  /** By its rule as that is now, and the newest observation in which its condition held. */
  #texts({ rule, source, held, told }: AlertInstance): Pick<AlertTransition, "annotations" | "condition" | "threshold"> {
    const { annotations, condition, threshold } = told;
    if (rule === null) return { annotations, condition, threshold };
    const { shown, threshold: limit } = rule;
    const now = held === null ? annotations : this.#renderer(rule, source, held)(rule.rule.annotations);
    return { annotations: now, condition: shown, threshold: limit };
  }
}

/** When a resolved alert is forgotten, ms. */
export const expiresAt = ({ rule, state, changes }: AlertInstance): number =>
  rule === null ? 0 : Math.max(nextStepAt({ ...state, state: "resolved" }, rule.rule) ?? 0, (changes.at(-1) ?? -Infinity) + FLAP_MEMORY_MS);

const isShown = ({ state, given }: AlertInstance): boolean => isOpen(state) && given !== true;

const latest = ({ state, told }: AlertInstance): AlertTransition => ({
  ...told,
  to: state.state,
  value: state.value,
  activeAt: state.activeAt,
});

const gapOf = ({ gapSince, heldAt }: AlertInstanceState): Pick<AlertTransition, "gapSince" | "lastValueAt"> =>
  gapSince === undefined ? {} : { gapSince, lastValueAt: heldAt };
