import type { Labels } from "@sightline/shared/model/labels";
import { METRIC_NAME, seriesKey } from "@sightline/shared/model/labels";
import type { Matcher } from "@sightline/shared/model/matcher";
import { familyOf, type MetricMetadata, type MetricType, unitOf } from "@sightline/shared/model/metric";
import type { Result } from "@sightline/shared/model/result";
import { fail, ok } from "@sightline/shared/model/result";
import type { SelectedSeries } from "@sightline/shared/model/sample";
import type { SelectRequest } from "@sightline/shared/promql/api";
import { finish, Pace, type Stepwise } from "@sightline/shared/promql/evaluation/pace";
import type { SeriesQuery } from "../objects/labels-rpc.ts";
import type { FamilyMetadata, ShardConfig } from "../objects/rpc.ts";
import type { Evaluation } from "../rules/api.ts";
import type { PlanLog } from "../shard/plan-log.ts";
import type { ShardProfile } from "../shard/profile.ts";
import { selectSilences } from "../shard/sender-silence.ts";
import type { SeriesStore } from "../storage/series-store.ts";
import { ComeBacks } from "./come-backs.ts";
import { coarserRequest } from "./coarser-tier.ts";
import { askedCrossings, selectDerived } from "./derived-series.ts";
import { DeployChanges } from "./deploy-changes.ts";
import { matchUnion } from "./label-reads.ts";
import { ForecastCrossings } from "./forecast-crossings.ts";
import { goneSamples, unnamedSamples } from "./gone-samples.ts";
import { mergeSeries } from "./merge-series.ts";
import { readStepwise, refuseTooMany, samplesIn } from "./read-stepwise.ts";
import { ResultCache } from "./result-cache.ts";
import { openScores } from "./open-anomalies.ts";
import { SelectRefusal } from "./select-refusal.ts";
import type { ArchiveVisit, ArchivedRow } from "../storage/archive-visit.ts";
import { readTiered } from "../storage/tiered-reads.ts";
import type { ValueSlabs } from "../storage/value-slabs.ts";
import { parseSelector } from "./selector.ts";

/** The last ms a Date can hold. */
const EVER = 8.64e15;

/** What readers ask of one shard's storage: samples, series, labels, metadata. */
export class SeriesReads {
  readonly store: SeriesStore;
  readonly evaluation: Evaluation;
  readonly plans: PlanLog;
  readonly profile: ShardProfile;
  readonly now: () => number;
  readonly results: ResultCache;
  readonly comeBacks: ComeBacks;
  readonly #crossings: ForecastCrossings;
  readonly #changes: DeployChanges;
  readonly #settings: { readonly config: ShardConfig | null };

  constructor(
    store: SeriesStore,
    evaluation: Evaluation,
    plans: PlanLog,
    profile: ShardProfile,
    now: () => number,
    settings: { readonly config: ShardConfig | null } = { config: null },
  ) {
    this.store = store;
    this.evaluation = evaluation;
    this.plans = plans;
    this.profile = profile;
    this.now = now;
    this.#settings = settings;
    this.comeBacks = new ComeBacks(store);
    this.#crossings = new ForecastCrossings(this, plans.crossings);
    this.#changes = new DeployChanges(this, () => settings.config?.deploys ?? []);
    this.results = new ResultCache(profile.resultCacheBytes, store.appended);
  }

  /** For the engine; with `visit` the days that only the archive has are among them, as far as they were brought. Throws SelectRefusal. */
  select(request: SelectRequest, visit?: ArchiveVisit): SelectedSeries[] {
    try {
      return this.#select(request, visit);
    } catch (error) {
      return this.select(coarserRequest(this.store.runs.runs, request, error), visit);
    }
  }

  #select(request: SelectRequest, visit: ArchiveVisit | undefined): SelectedSeries[] {
    const now = this.now();
    const refs = this.store.index.match(request.matchers);
    if (!refs.ok) throw new SelectRefusal(refs.error.code, refs.error.message);
    let found: readonly SelectedSeries[] = readTiered(this.store, refs.value, request, now, visit);
    if (visit !== undefined) {
      const forgotten = visit.forgotten(request.matchers, request.startMs, request.endMs, this.store);
      if (!forgotten.ok) throw new SelectRefusal(forgotten.error.code, forgotten.error.message);
      found = mergeSeries([forgotten.value, found]);
    }
    refuseTooMany(samplesIn(found), this.profile.maxSamplesTouched);
    return [...found, ...finish(this.#made(request, now, new Pace(Infinity)))];
  }

  /** What `select` gives without an archive, in steps of work and in the order of metrics. */
  *selectStepwise(request: SelectRequest, pace: Pace, slabs?: ValueSlabs): Stepwise<readonly SelectedSeries[]> {
    yield* this.forecastFor(request, pace);
    const refs = yield* this.store.index.matchStepwise(request.matchers, pace);
    if (!refs.ok) throw new SelectRefusal(refs.error.code, refs.error.message);
    const found = yield* this.#readStepwise(refs.value, request, pace, slabs);
    return [...found, ...(yield* this.#made(request, this.now(), pace))];
  }

  *#readStepwise(
    refs: readonly number[],
    request: SelectRequest,
    pace: Pace,
    slabs: ValueSlabs | undefined,
  ): Stepwise<readonly SelectedSeries[]> {
    try {
      return yield* readStepwise(this.store, refs, request, this.now(), this.profile, pace, undefined, slabs);
    } catch (error) {
      return yield* this.#readStepwise(refs, coarserRequest(this.store.runs.runs, request, error), pace, slabs);
    }
  }

  /** Makes the forecasts that a request for crossings needs, so that `select` has them; nothing for any other. Throws SelectRefusal. */
  *forecastFor(request: SelectRequest, pace: Pace): Stepwise<void> {
    const nowMs = this.now();
    const asked = askedCrossings(request, nowMs);
    if (asked !== null) yield* this.#crossings.make(this.#labelsOf(asked.matchers), asked.threshold, nowMs, Infinity, pace);
  }

  /** How far forecasts reach that show no crossing, where that is less than a month; and which samples are missing, as only aggregates of them are left or nobody knows whose they are. */
  *notesOn(request: SelectRequest, pace: Pace): Stepwise<readonly string[]> {
    const asked = askedCrossings(request, this.now());
    if (asked !== null) return this.#crossings.reasons(this.#labelsOf(asked.matchers), asked.threshold);
    const notes = [unnamedSamples(this.store, request), yield* goneSamples(this.store, request, pace)];
    return notes.filter((note) => note !== null);
  }

  #labelsOf(matchers: readonly Matcher[]): readonly Labels[] {
    return this.#sources(matchers).map(({ labels }) => labels);
  }

  /** Series that are not stored but made when they are asked for. */
  *#made(request: SelectRequest, nowMs: number, pace: Pace): Stepwise<SelectedSeries[]> {
    const derived = yield* selectDerived(
      {
        evaluation: this.evaluation,
        plans: this.plans,
        labelsOf: (ref) => this.store.index.labels(ref),
        sources: (matchers) => this.#sources(matchers),
        crossings: (sources, threshold, at) => this.#crossings.of(sources, threshold, at),
        changes: (sources, at) => this.#changes.of(sources, at),
        openScores: (sources, at, paced) => openScores(this, sources, this.#denied(), at, paced),
      },
      request,
      nowMs,
      pace,
    );
    return [...selectSilences(this.store, request, nowMs), ...derived];
  }

  /** Anomalies that somebody has said are false alarms. */
  #denied(): ReadonlySet<string> {
    const answers = this.#settings.config?.anomalyAnswers ?? [];
    return new Set(answers.flatMap(({ id, verdict }) => (verdict === "false_alarm" ? [id] : [])));
  }

  #sources(matchers: readonly Matcher[]): { readonly ref: number; readonly labels: Labels }[] {
    const refs = this.store.index.match(matchers);
    if (!refs.ok) throw new SelectRefusal(refs.error.code, refs.error.message);
    return Array.from(refs.value, (ref) => ({ ref, labels: this.store.index.labels(ref) ?? {} }));
  }

  /** Refs of a union of selectors, ascending. */
  refs(selectors: readonly string[]): Result<readonly number[]> {
    return finish(matchUnion(this.store, selectors, new Pace(Infinity)));
  }

  /** Every sample of the series asked for; failure `limit` above the bound. */
  samples(query: SeriesQuery, visit?: ArchiveVisit): Result<readonly SelectedSeries[]> {
    const refs = this.refs(query.matchers);
    if (!refs.ok) return refs;
    if (query.limit > 0 && refs.value.length > query.limit)
      return fail("limit", `${refs.value.length} series match, at most ${query.limit}`);
    const startMs = query.startMs - 1;
    const endMs = Math.min(query.endMs, EVER);
    const known = this.store.read(refs.value, startMs, endMs, this.now(), visit);
    if (visit === undefined) return ok(known);
    const forgotten = this.forgotten(query.matchers, startMs, endMs, visit);
    return forgotten.ok ? ok(mergeSeries([forgotten.value, known])) : forgotten;
  }

  /** Of a union of selectors, what is in the archive alone of series that the index has forgotten; of one row with `only`. */
  forgotten(
    selectors: readonly string[],
    startMs: number,
    endMs: number,
    visit: ArchiveVisit,
    only?: ArchivedRow,
  ): Result<readonly SelectedSeries[]> {
    const forgotten = new Map<string, SelectedSeries>();
    for (const text of selectors) {
      const matchers = parseSelector(text);
      if (!matchers.ok) return matchers;
      const found = visit.forgotten(matchers.value, startMs, endMs, this.store, only);
      if (!found.ok) return found;
      for (const one of found.value) forgotten.set(seriesKey(one.labels), one);
    }
    return ok([...forgotten.values()]);
  }

  metadata(metric: string | null, limit: number): FamilyMetadata[] {
    const found = new Map<string, FamilyMetadata>();
    for (const [name, { type, unit, help }] of this.store.index.metadata()) {
      const family = familyOf(name, type);
      if (metric !== null && name !== metric && family !== metric) continue;
      if (limit > 0 && found.size >= limit) break;
      const told = name === metric ? name : family;
      found.set(told, { metric: told, type, unit, help });
    }
    return [...found.values()];
  }

  typeOf(metric: string): MetricType | undefined {
    return this.store.index.metadata().get(metric)?.type;
  }

  unitOf(metric: string): string | undefined {
    const unit = this.store.index.metadata().get(metric)?.unit;
    return unit === undefined ? undefined : unitOf(metric, unit);
  }

  /** The metadata of the family a series belongs to. */
  metadataOf(labels: Labels): MetricMetadata | undefined {
    return this.store.index.metadata().get(labels[METRIC_NAME] ?? "");
  }
}
