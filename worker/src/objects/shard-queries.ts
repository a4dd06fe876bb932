import type { Analyses, AnalysisKind } from "@sightline/shared/api/analyses";
import type { Result } from "@sightline/shared/model/result";
import type { SelectRequest } from "@sightline/shared/promql/api";
import { Pace, type Stepwise } from "@sightline/shared/promql/evaluation/pace";
import type { Backtest } from "@sightline/shared/rules/backtest/backtest-rule";
import { analyzeAmong } from "../query/analyses.ts";
import { anomaliesOf, recentAnomalies } from "../query/anomaly-reads.ts";
import { backtestAmong } from "../query/backtests.ts";
import { cardinalityOf, headTimesOf, labelCountsOf } from "../query/cardinality.ts";
import { encodeSamples } from "../query/encode-samples.ts";
import { exemplarsOf } from "../query/exemplar-reads.ts";
import { exportPage } from "../query/export-pages.ts";
import { orderedPage } from "../query/ordered-pages.ts";
import { jsonList, labelNamesWithin, labelValuesWithin, seriesListed } from "../query/label-reads.ts";
import { labelSetHashesOf } from "../query/label-set-hashes.ts";
import { learnedTopology } from "../query/learned-topology.ts";
import { forecastAmong, queriesAmong, queryAmong } from "../query/query-among.ts";
import { inSteps } from "../query/query-source.ts";
import { encodeColumns } from "../query/shard-columns.ts";
import { statsAmong } from "../query/stats-among.ts";
import { sloCounts } from "../shard/slo-counts.ts";
import type { SeriesStore } from "../storage/series-store.ts";
import type { JsonList } from "./labels-rpc.ts";
import { peersOf } from "./peer-shards.ts";
import type { SeriesQuery } from "./labels-rpc.ts";
import type { OrderedCursor } from "./ordered-pages-rpc.ts";
import type { ExportCursor, PrometheusQuery, SeriesShardRpc } from "./rpc.ts";
import { ShardShell } from "./shard-shell.ts";

type Answer<Method extends keyof SeriesShardRpc> = ReturnType<SeriesShardRpc[Method]>;

/** What a shard is asked of the samples it has. */
export abstract class ShardQueries extends ShardShell {
  async query(query: PrometheusQuery, among?: readonly string[]): Answer<"query"> {
    const { source, pause } = await this.shard();
    return queryAmong(source, peersOf(this.env, this.ctx.id.name, among), query, pause);
  }

  async queries(queries: readonly PrometheusQuery[], among?: readonly string[]): Answer<"queries"> {
    const { source, pause } = await this.shard();
    return queriesAmong(source, peersOf(this.env, this.ctx.id.name, among), queries, pause);
  }

  async columns(requests: readonly SelectRequest[]): Answer<"columns"> {
    const { source, pause } = await this.shard();
    return encodeColumns(source, requests, pause);
  }

  async select(query: SeriesQuery): Answer<"select"> {
    const { core, archived } = await this.shard();
    return encodeSamples(core.reads, archived, query);
  }

  async exportPage(query: SeriesQuery, cursor: ExportCursor | null): Answer<"exportPage"> {
    const { core, archive, pause } = await this.shard();
    return exportPage(core.reads, archive, query, cursor, undefined, pause);
  }

  async orderedPage(query: SeriesQuery, cursor: OrderedCursor | null): Answer<"orderedPage"> {
    const { core, archive, pause } = await this.shard();
    return orderedPage(core.reads, archive, query, cursor, pause);
  }

  async exemplars(query: string, startMs: number, endMs: number): Answer<"exemplars"> {
    const { core, pause } = await this.shard();
    return inSteps(exemplarsOf(core.exemplars, query, startMs, endMs, Date.now(), new Pace()), pause);
  }

  async series(query: SeriesQuery): Answer<"series"> {
    return this.#list((store, nowMs, pace) => seriesListed(store, query, nowMs, pace));
  }

  async labelNames(query: SeriesQuery): Answer<"labelNames"> {
    return this.#list((store, nowMs, pace) => labelNamesWithin(store, query, nowMs, pace));
  }

  async labelValues(label: string, query: SeriesQuery): Answer<"labelValues"> {
    return this.#list((store, nowMs, pace) => labelValuesWithin(store, label, query, nowMs, pace));
  }

  async #list<T>(find: (store: SeriesStore, nowMs: number, pace: Pace) => Stepwise<Result<Iterable<T>>>): Promise<Result<JsonList>> {
    const { core, pause } = await this.shard();
    const pace = new Pace();
    return inSteps(jsonList(find(core.store, Date.now(), pace), pace), pause);
  }

  async cardinality(most: number): Answer<"cardinality"> {
    const { core, pause } = await this.shard();
    const { index, head } = core.store;
    return { ...(await inSteps(cardinalityOf(index, most, new Pace()), pause)), ...headTimesOf(head) };
  }

  async labelSetHashes(part: number, parts: number): Answer<"labelSetHashes"> {
    const { core, pause } = await this.shard();
    return inSteps(labelSetHashesOf(core.store.index, part, parts, new Pace()), pause);
  }

  async labelCounts(part: number, parts: number, without: ArrayBuffer): Answer<"labelCounts"> {
    const { core, pause } = await this.shard();
    return inSteps(labelCountsOf(core.store.index, part, parts, new Uint32Array(without), new Pace()), pause);
  }

  async metadata(metric: string | null, limit: number): Answer<"metadata"> {
    return (await this.shard()).core.reads.metadata(metric, limit);
  }

  async stats(selector: string, windowMs: number, endMs: number, among?: readonly string[]): Answer<"stats"> {
    const { core, archived, pause } = await this.shard();
    return statsAmong(core.reads, archived, peersOf(this.env, this.ctx.id.name, among), selector, windowMs, endMs, pause);
  }

  async forecast(...[query, horizonMs, nowMs, among, records]: Parameters<SeriesShardRpc["forecast"]>): Answer<"forecast"> {
    return forecastAmong((await this.shard()).core.reads, peersOf(this.env, this.ctx.id.name, among), query, horizonMs, nowMs, records);
  }

  async analyze<Kind extends AnalysisKind>(kind: Kind, question: Analyses[Kind]["question"], among?: readonly string[]) {
    const { source, pause } = await this.shard();
    return analyzeAmong(source, peersOf(this.env, this.ctx.id.name, among), kind, question, pause);
  }

  async backtest(test: Backtest, among?: readonly string[]): Answer<"backtest"> {
    const { source, pause } = await this.shard();
    return backtestAmong(source, peersOf(this.env, this.ctx.id.name, among), test, pause);
  }

  async anomalies(selector: string, startMs: number, endMs: number, bands: boolean): Answer<"anomalies"> {
    const { core, pause } = await this.shard();
    return inSteps(anomaliesOf(core.reads, selector, startMs, endMs, bands, new Pace()), pause);
  }

  async recentAnomalies(startMs: number, endMs: number, limit: number): Answer<"recentAnomalies"> {
    return recentAnomalies((await this.shard()).core.reads, startMs, endMs, limit);
  }

  async slos(): Answer<"slos"> {
    return sloCounts((await this.shard()).core.evaluation, Date.now());
  }

  async dependencies(): Answer<"dependencies"> {
    const { store } = (await this.shard()).core;
    return learnedTopology(store.index, store.head, Date.now());
  }
}
