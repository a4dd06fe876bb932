import { DurableObject } from "cloudflare:workers";
import type { AnomaliesResponse, SeriesStats } from "@sightline/shared/api/responses";
import type { AlertTransition } from "@sightline/shared/model/alert";
import type { Anomaly } from "@sightline/shared/model/anomaly";
import type { SeriesExemplars } from "@sightline/shared/model/exemplar";
import type { ForecastSeries } from "@sightline/shared/model/forecast";
import type { Labels } from "@sightline/shared/model/labels";
import type { Result } from "@sightline/shared/model/result";
import type { RuleFault } from "@sightline/shared/model/rule";
import type { SelectRequest } from "@sightline/shared/promql/api";
import type { Env } from "../env.ts";
import { anomaliesOf } from "../query/anomaly-reads.ts";
import { encodeSamples } from "../query/encode-samples.ts";
import { exemplarsOf } from "../query/exemplar-reads.ts";
import { exportPage } from "../query/export-pages.ts";
import { forecastAmong, queryAmong } from "../query/query-among.ts";
import { encodeColumns } from "../query/shard-columns.ts";
import { windowStats } from "../query/window-stats.ts";
import { OpenShard } from "../shard/open-shard.ts";
import { sloCounts } from "../shard/slo-counts.ts";
import { shardStatus } from "../shard/shard-status.ts";
import { peersOf } from "./peer-shards.ts";
import type {
  AppendOutcome,
  ExportCursor,
  ExportPage,
  HandedOver,
  PrometheusQuery,
  RemoteWriteOutcome,
  RepeatableRequest,
  SenderContext,
  SeriesQuery,
  SeriesShardRpc,
  ShardColumns,
  ShardConfig,
  ShardSlo,
  ShardStatus,
} from "./rpc.ts";

type Metadata = Readonly<Record<string, readonly { type: string; unit: string; help: string }[]>>;

/** The platform's side of a shard: RPC, sockets and the alarm; everything else is in `shard/`. */
export class SeriesShard extends DurableObject<Env> implements SeriesShardRpc {
  #open: Promise<OpenShard> | null = null;

  /** Opened on first use, and anew after its memory and its storage have come apart. */
  #shard(): Promise<OpenShard> {
    this.#open ??= OpenShard.open(this.ctx, this.env, () => (this.#open = null));
    this.#open.catch(() => (this.#open = null));
    return this.#open;
  }

  async appendFrames(context: SenderContext, body: ArrayBuffer): Promise<Result<ArrayBuffer>> {
    return (await this.#shard()).core.appendFrames(context, new Uint8Array(body));
  }

  async appendBatch(context: SenderContext, batch: ArrayBuffer, repeatable?: RepeatableRequest): Promise<Result<AppendOutcome>> {
    return (await this.#shard()).core.appendBatch(context, new Uint8Array(batch), repeatable);
  }

  async appendRemoteWrite(context: SenderContext, body: ArrayBuffer, version: 1 | 2): Promise<Result<RemoteWriteOutcome>> {
    return (await this.#shard()).core.appendRemoteWrite(context, new Uint8Array(body), version);
  }

  async configure(config: ShardConfig): Promise<void> {
    await (await this.#shard()).configure(config);
  }

  async handOver(sender: string, mapVersion: number): Promise<Result<HandedOver>> {
    return (await this.#shard()).core.claims.handOver(sender, mapVersion);
  }

  async query(query: PrometheusQuery, among?: readonly string[]): Promise<Result<ArrayBuffer>> {
    return queryAmong((await this.#shard()).core.reads, peersOf(this.env, this.ctx.id.name, among), query);
  }

  async columns(requests: readonly SelectRequest[]): Promise<Result<readonly (ShardColumns | null)[]>> {
    return encodeColumns((await this.#shard()).core.reads, requests);
  }

  async select(query: SeriesQuery): Promise<Result<ArrayBuffer>> {
    const { core, archive } = await this.#shard();
    return encodeSamples(core.reads, archive, query);
  }

  async exportPage(query: SeriesQuery, cursor: ExportCursor | null): Promise<Result<ExportPage>> {
    return exportPage((await this.#shard()).core.reads, query, cursor);
  }

  async exemplars(query: string, startMs: number, endMs: number): Promise<Result<readonly SeriesExemplars[]>> {
    return exemplarsOf((await this.#shard()).core.exemplars, query, startMs, endMs, Date.now());
  }

  async series(query: SeriesQuery): Promise<Result<readonly Labels[]>> {
    return (await this.#shard()).core.reads.series(query);
  }

  async labelNames(query: SeriesQuery): Promise<Result<readonly string[]>> {
    return (await this.#shard()).core.reads.labelNames(query);
  }

  async labelValues(label: string, query: SeriesQuery): Promise<Result<readonly string[]>> {
    return (await this.#shard()).core.reads.labelValues(label, query);
  }

  async metadata(metric: string | null, limit: number): Promise<Metadata> {
    return (await this.#shard()).core.reads.metadata(metric, limit);
  }

  async stats(selector: string, windowMs: number, endMs: number): Promise<Result<readonly SeriesStats[]>> {
    return windowStats((await this.#shard()).core.reads, selector, windowMs, endMs);
  }

  async forecast(query: string, horizonMs: number, nowMs: number, among?: readonly string[]): Promise<Result<readonly ForecastSeries[]>> {
    return forecastAmong((await this.#shard()).core.reads, peersOf(this.env, this.ctx.id.name, among), query, horizonMs, nowMs);
  }

  async anomalies(selector: string, startMs: number, endMs: number, bands: boolean): Promise<Result<AnomaliesResponse>> {
    return anomaliesOf((await this.#shard()).core.reads, selector, startMs, endMs, bands);
  }

  async recentAnomalies(limit: number): Promise<readonly Anomaly[]> {
    return (await this.#shard()).core.reads.plans.anomalies(0, Date.now(), limit);
  }

  async slos(): Promise<readonly ShardSlo[]> {
    return sloCounts((await this.#shard()).core.evaluation, Date.now());
  }

  async activeAlerts(): Promise<readonly AlertTransition[]> {
    return (await this.#shard()).core.evaluation.active();
  }

  async ruleFaults(): Promise<readonly RuleFault[]> {
    return (await this.#shard()).core.evaluation.faults();
  }

  async watch(hub: string, selectors: readonly string[]): Promise<void> {
    (await this.#shard()).watch(hub, selectors);
  }

  async status(): Promise<ShardStatus> {
    const shard = await this.#shard();
    return shardStatus(shard.core, shard.meter, Date.now(), shard.problems());
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
