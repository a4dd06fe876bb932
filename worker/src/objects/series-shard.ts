import { DurableObject } from "cloudflare:workers";
import type { Analyses, AnalysisKind } from "@sightline/shared/api/analyses";
import type { SelectRequest } from "@sightline/shared/promql/api";
import type { Backtest } from "@sightline/shared/rules/backtest/backtest-rule";
import type { Env } from "../env.ts";
import { analyzeAmong } from "../query/analyses.ts";
import { anomaliesOf } from "../query/anomaly-reads.ts";
import { backtestAmong } from "../query/backtests.ts";
import { encodeSamples } from "../query/encode-samples.ts";
import { exemplarsOf } from "../query/exemplar-reads.ts";
import { exportPage } from "../query/export-pages.ts";
import { forecastAmong, queriesAmong, queryAmong } from "../query/query-among.ts";
import { encodeColumns } from "../query/shard-columns.ts";
import { statsAmong } from "../query/stats-among.ts";
import { OpenShard } from "../shard/open-shard.ts";
import { sloCounts } from "../shard/slo-counts.ts";
import { shardSnapshot, shardStatus } from "../shard/shard-status.ts";
import { giveBack } from "./give-back.ts";
import { peersOf } from "./peer-shards.ts";
import type { ExportCursor, PrometheusQuery, RepeatableRequest, SenderContext, SeriesQuery, SeriesShardRpc, ShardConfig } from "./rpc.ts";

type Answer<Method extends keyof SeriesShardRpc> = ReturnType<SeriesShardRpc[Method]>;

/** The platform's side of a shard: RPC, sockets and the alarm; everything else is in `shard/`. */
export class SeriesShard extends DurableObject<Env> implements SeriesShardRpc {
  #open: Promise<OpenShard> | null = null;

  /** Opened on first use, and anew after its memory and its storage have come apart. */
  #shard(): Promise<OpenShard> {
    this.#open ??= OpenShard.open(this.ctx, this.env, () => (this.#open = null));
    this.#open.catch(() => (this.#open = null));
    return this.#open;
  }

  async appendFrames(context: SenderContext, body: ArrayBuffer): Answer<"appendFrames"> {
    return (await this.#shard()).core.appendFrames(context, new Uint8Array(body));
  }

  async appendBatch(context: SenderContext, batch: ArrayBuffer, repeatable?: RepeatableRequest): Answer<"appendBatch"> {
    return (await this.#shard()).core.appendBatch(context, new Uint8Array(batch), repeatable);
  }

  async appendRemoteWrite(context: SenderContext, body: ArrayBuffer, version: 1 | 2): Answer<"appendRemoteWrite"> {
    const answer = await (await this.#shard()).core.appendRemoteWrite(context, new Uint8Array(body), version);
    giveBack(body);
    return answer;
  }

  async configure(config: ShardConfig): Answer<"configure"> {
    await (await this.#shard()).configure(config);
  }

  async handOver(sender: string, mapVersion: number): Answer<"handOver"> {
    return (await this.#shard()).core.claims.handOver(sender, mapVersion);
  }

  async query(query: PrometheusQuery, among?: readonly string[]): Answer<"query"> {
    const { source, pause } = await this.#shard();
    return queryAmong(source, peersOf(this.env, this.ctx.id.name, among), query, pause);
  }

  async queries(queries: readonly PrometheusQuery[], among?: readonly string[]): Answer<"queries"> {
    const { source, pause } = await this.#shard();
    return queriesAmong(source, peersOf(this.env, this.ctx.id.name, among), queries, pause);
  }

  async columns(requests: readonly SelectRequest[]): Answer<"columns"> {
    return encodeColumns((await this.#shard()).source, requests);
  }

  async select(query: SeriesQuery): Answer<"select"> {
    const { core, archived } = await this.#shard();
    return encodeSamples(core.reads, archived, query);
  }

  async exportPage(query: SeriesQuery, cursor: ExportCursor | null): Answer<"exportPage"> {
    const { core, archive } = await this.#shard();
    return exportPage(core.reads, archive, query, cursor);
  }

  async exemplars(query: string, startMs: number, endMs: number): Answer<"exemplars"> {
    return exemplarsOf((await this.#shard()).core.exemplars, query, startMs, endMs, Date.now());
  }

  async series(query: SeriesQuery): Answer<"series"> {
    return (await this.#shard()).core.reads.series(query);
  }

  async labelNames(query: SeriesQuery): Answer<"labelNames"> {
    return (await this.#shard()).core.reads.labelNames(query);
  }

  async labelValues(label: string, query: SeriesQuery): Answer<"labelValues"> {
    return (await this.#shard()).core.reads.labelValues(label, query);
  }

  async metadata(metric: string | null, limit: number): Answer<"metadata"> {
    return (await this.#shard()).core.reads.metadata(metric, limit);
  }

  async stats(selector: string, windowMs: number, endMs: number, among?: readonly string[]): Answer<"stats"> {
    const { core, archived } = await this.#shard();
    return statsAmong(core.reads, archived, peersOf(this.env, this.ctx.id.name, among), selector, windowMs, endMs);
  }

  async forecast(query: string, horizonMs: number, nowMs: number, among?: readonly string[]): Answer<"forecast"> {
    return forecastAmong((await this.#shard()).core.reads, peersOf(this.env, this.ctx.id.name, among), query, horizonMs, nowMs);
  }

  async analyze<Kind extends AnalysisKind>(kind: Kind, question: Analyses[Kind]["question"], among?: readonly string[]) {
    return analyzeAmong((await this.#shard()).core.reads, peersOf(this.env, this.ctx.id.name, among), kind, question);
  }

  async backtest(test: Backtest, among?: readonly string[]): Answer<"backtest"> {
    const { source, pause } = await this.#shard();
    return backtestAmong(source, peersOf(this.env, this.ctx.id.name, among), test, pause);
  }

  async anomalies(selector: string, startMs: number, endMs: number, bands: boolean): Answer<"anomalies"> {
    return anomaliesOf((await this.#shard()).core.reads, selector, startMs, endMs, bands);
  }

  async slos(): Answer<"slos"> {
    return sloCounts((await this.#shard()).core.evaluation, Date.now());
  }

  async activeAlerts(): Answer<"activeAlerts"> {
    return (await this.#shard()).core.evaluation.active();
  }

  async ruleFaults(): Answer<"ruleFaults"> {
    return (await this.#shard()).core.evaluation.faults();
  }

  async watch(hub: string, selectors: readonly string[]): Answer<"watch"> {
    (await this.#shard()).watch(hub, selectors);
  }

  async status(): Answer<"status"> {
    const shard = await this.#shard();
    return shardStatus(shard.core, shard.meter, Date.now(), shard.problems());
  }

  async snapshot(anomalies: number): Answer<"snapshot"> {
    return shardSnapshot((await this.#shard()).core, await this.status(), Date.now(), anomalies);
  }

  override async fetch(request: Request): Promise<Response> {
    return (await this.#shard()).acceptSocket(request);
  }

  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    await (await this.#shard()).receive(socket, message);
  }

  override async webSocketClose(socket: WebSocket, code: number): Promise<void> {
    (await this.#shard()).closed(socket, code);
  }

  override async webSocketError(socket: WebSocket): Promise<void> {
    (await this.#shard()).closed(socket, 1011);
  }

  override async alarm(): Promise<void> {
    await (await this.#shard()).scheduler.fire();
  }
}
