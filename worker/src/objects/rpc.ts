/**
 * What the Durable Objects say to each other and to the Worker. Bulk travels as one ArrayBuffer; errors are values
 * (`Result`), because an exception across RPC loses its type.
 */
import type { Dependency } from "@sightline/shared/alerting/topology";
import type { Analyses, AnalysisKind } from "@sightline/shared/api/analyses";
import type { ApplyOptions, NamedDocument, RuleFileText } from "@sightline/shared/as-code/documents";
import type { Alert, AlertTransition, StandingAlert } from "@sightline/shared/model/alert";
import type { Anomaly, AnomalyAnswer } from "@sightline/shared/model/anomaly";
import type { SeriesExemplars } from "@sightline/shared/model/exemplar";
import type { Backtest } from "@sightline/shared/rules/backtest/backtest-rule";
import type { BacktestPart } from "@sightline/shared/rules/backtest/parts";
import type { TrackRecord } from "@sightline/shared/forecast/track-record";
import type { ForecastSeries } from "@sightline/shared/model/forecast";
import type { Deploy } from "@sightline/shared/model/deploy";
import type { Principal, Role, TokenInfo, User } from "@sightline/shared/model/principal";
import type { Result } from "@sightline/shared/model/result";
import type { RollupColumns } from "@sightline/shared/model/rollup";
import type { EscalationPolicy } from "@sightline/shared/on-call/policy";
import type { OnCall, Override, Schedule, Shift } from "@sightline/shared/on-call/schedule";
import type { RuleEvaluation, RuleFault, RuleGroup } from "@sightline/shared/model/rule";
import type { Slo, SloStatus } from "@sightline/shared/model/slo";
import type { Labels } from "@sightline/shared/model/labels";
import type { SelectRequest } from "@sightline/shared/promql/api";
import type { ApplyChange, SeriesStats, SilenceRequest } from "@sightline/shared/api/responses";
import type { AlertmanagerRpc } from "./alertmanager-rpc.ts";
import type { AnomalyRpc, RecentAnomaliesRpc } from "./anomaly-rpc.ts";
import type { AppendOutcome, RefusedBefore, RemoteWriteOutcome, Repeatable, RepeatableRequest } from "./append-outcome.ts";
import type { CapacityRpc } from "./capacity-rpc.ts";
import type { DetectorsRpc } from "./detectors-rpc.ts";
import type { ForecastsRpc } from "./forecasts-rpc.ts";
import type { IncidentsRpc } from "./incidents-rpc.ts";
import type { LabelsRpc, SeriesQuery } from "./labels-rpc.ts";
import type { OrderedPagesRpc } from "./ordered-pages-rpc.ts";
import type { PipelineRpc } from "./pipeline-rpc.ts";
import type { ReceiversRpc } from "./receivers-rpc.ts";

/** Where a batch comes from; `sender` is what it was routed by: for frames `X-Sightline-Sender` (the HELLO's instance id), else the token id plus that header. */
export interface SenderContext {
  readonly project: string;
  readonly tokenId: string;
  readonly sender: string;
  /** Name of the token, to whose holders a sender of frames belongs; absent for an administrator's, which may write for any. */
  readonly owner?: string;
  /** Of the shard map it was routed by; absent between objects that need none. */
  readonly mapVersion?: number;
  /** From the primary shard of a divided sender: the share of the shard it is sent to. */
  readonly share?: boolean;
}

/** What is known of a sender that leaves a shard; from then on the shard refuses it with `moved`. */
export interface HandedOver {
  readonly mark: { readonly epoch: string; readonly seq: number; readonly at: number; readonly hostName: string | null } | null;
  /** Name of the token it belongs to; empty for none. */
  readonly owner: string;
  /** Idempotency keys of the last 24 h with their answers, the newest 10,000. */
  readonly answers: readonly { readonly key: string; readonly answer: string; readonly at: number; readonly bodyHash: string }[];
}

/** The newest sample of a gauge, ms. */
export interface GaugeLevel {
  readonly at: number;
  readonly value: number;
}

/** Of one request: samples in the batch encoding, and what of them is older and coarser, by position in the batch. */
export interface ShardColumns {
  /** Some series each, as they are read and decoded in steps of work. */
  readonly batches: readonly ArrayBuffer[];
  /** By the place of their series over all batches; none where there are none. */
  readonly rollups: readonly (RollupColumns | undefined)[];
  /** What is to be said of how all requests were read. */
  readonly infos?: readonly string[];
  readonly warnings?: readonly string[];
}

/** A set of shards and since when it takes writes, ms. */
export interface ShardEpoch {
  readonly version: number;
  readonly sinceMs: number;
  readonly shards: readonly string[];
}

/** A sender whose series are divided among `shards` by their hash; the first takes its writes and passes on what is not its own. */
export interface SplitEpoch {
  readonly version: number;
  readonly sinceMs: number;
  readonly sender: string;
  readonly shards: readonly string[];
}

/** Every change is a version. Shards are never taken away, so those of the newest epoch are all there are. */
export interface ShardMap {
  readonly version: number;
  /** Object names of the shards. */
  readonly shards: readonly string[];
  readonly epochs: readonly ShardEpoch[];
  readonly splits: readonly SplitEpoch[];
}

/** Pushed by Project whenever it changes, and asked for by a shard that wakes with an older version or none. */
export interface ShardConfig {
  readonly version: number;
  readonly groups: readonly RuleGroup[];
  readonly slos: readonly Slo[];
  /** Absent in what was stored before shards knew them, as are deploys: the newest of each service and host, of the last days. */
  readonly map?: ShardMap;
  readonly deploys?: readonly KnownDeploy[];
  /** What people said of anomalies, and selectors of the series they pinned; absent in what was stored before shards knew them. */
  readonly anomalyAnswers?: readonly AnomalyAnswer[];
  readonly pins?: readonly string[];
}

/** A deploy as far as series are compared by it. */
export type KnownDeploy = Pick<Deploy, "service" | "at" | "host">;

export interface PrometheusQuery {
  readonly query: string;
  readonly startMs: number;
  readonly endMs: number;
  /** 0 for an instant query. */
  readonly stepMs: number;
  readonly lookbackMs?: number;
  readonly timeoutMs?: number;
  readonly limit?: number;
  /** Raw samples or nothing: no rollups. */
  readonly rawOnly?: boolean;
  /** The answer tells times and samples read. */
  readonly stats?: boolean;
  /** Evaluated anew, whatever is known of it already. */
  readonly noCache?: boolean;
  /** Answer without the shards that cannot be read, with a warning that names them. */
  readonly partial?: boolean;
}

/** Where an export goes on. */
export type ExportCursor = SeriesCursor | ArchiveCursor;

/** After a row of a run that only the archive has: series that the object has forgotten come last. */
export interface ArchiveCursor {
  readonly archivedRun: number;
  readonly archivedRow: number;
}

/** The next series of a group of one metric's series that walks through the days together. */
interface SeriesCursor {
  readonly metric: string;
  readonly ref: number;
  /** Refs of the group's first and last series. */
  readonly groupFrom: number;
  readonly groupTo: number;
  /** Samples after this time are next, ms. */
  readonly fromMs: number;
}

export interface ExportPage {
  /** In the batch encoding. */
  readonly batch: ArrayBuffer;
  /** Series that the selectors match, `limit` of the query already applied. */
  readonly matched: number;
  /** Null at the end. */
  readonly next: ExportCursor | null;
}

interface SenderStatus {
  readonly sender: string;
  readonly hostName: string | null;
  readonly lastSeenAt: number;
  readonly durableSeq: number;
  readonly epoch: string;
}

export interface ShardStatus {
  readonly series: number;
  /** Ms; what is counted here is counted since then, when the shard was opened: after a restart, or when it wakes, it begins at 0. */
  readonly since: number;
  readonly samples: number;
  /** Of the samples, those that came as native frames; the other formats are counted where they are read. */
  readonly frameSamples: number;
  readonly samplesPerSecond: number;
  /** Samples that were not kept, by code. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Samples that are no loss: `duplicate` was there already, `overwritten` and `out_of_order` were kept, in place of `kept_first` another value stays. And exemplars that were left out, `exemplar_…`. */
  readonly noted: Readonly<Record<string, number>>;
  readonly senders: readonly SenderStatus[];
  readonly walBytes: number;
  readonly blockBytes: number;
  /** Metrics of the most series, and those that may have no more: `refused` counts samples of series beyond their bound. */
  readonly topMetrics: readonly { readonly metric: string; readonly series: number; readonly refused?: number }[];
  /** Requests and frames refused for load, and bytes accepted that are not on the disk yet. */
  readonly overload?: { readonly refused: number; readonly bytes: number };
  /** Series that are new here with senders that came from other shards, and those of them whose detectors went on. */
  readonly learned?: { readonly asked: number; readonly taken: number };
  readonly configVersion: number;
  readonly problems: readonly string[];
}

/** One SLO as one shard has counted it, and its events in each burn window of `ms`. */
export interface ShardSlo {
  readonly status: SloStatus;
  readonly counts: readonly { readonly ms: number; readonly good: number; readonly total: number }[];
}

/** What one shard adds to `/v1/snapshot`. */
export interface ShardSnapshot {
  readonly status: ShardStatus;
  readonly slos: readonly ShardSlo[];
  /** Pending and firing, with their latest value. */
  readonly active: readonly AlertTransition[];
  /** Newest first. */
  readonly anomalies: readonly Anomaly[];
}

/** What is known of one metric. */
export interface FamilyMetadata {
  readonly metric: string;
  readonly type: string;
  readonly unit: string;
  readonly help: string;
}

/** Data plane: one per group of senders. `fetch` upgrades `/api/v1/frames` to a hibernating WebSocket; the Worker passes SenderContext's project and token in the headers `x-sightline-project` and `x-sightline-token-id`. */
export interface SeriesShardRpc extends RecentAnomaliesRpc, LabelsRpc, OrderedPagesRpc, DetectorsRpc {
  /** HELLO and FRAME messages concatenated with u32 length prefixes (PROTOCOL.md); answers ACK/ERROR messages likewise, after they are durable. */
  appendFrames(context: SenderContext, body: ArrayBuffer): Promise<Result<ArrayBuffer>>;
  /** A columnar batch in the encoding of a FRAME's payload with a whole dictionary. A repeat within 24 h of a request with a key is a no-op with the same answer; the key with another body fails with `idempotency_key_reused`. `by_time`: a difference of a time that its series has already is one sent again, as OTLP's are. `refused` is counted with what is refused here, unless the request is a repeat. */
  appendBatch(context: SenderContext, batch: ArrayBuffer, repeatable?: Repeatable, refused?: RefusedBefore): Promise<Result<AppendOutcome>>;
  /** What was answered to a whole request with that key within 24 h, by the primary shard of a divided sender; null for one that did not come. `alone`: what this shard answered, for another that took the sender over. Failure: `idempotency_key_reused`. */
  recallAnswer(context: Pick<SenderContext, "sender">, request: RepeatableRequest, alone?: true): Promise<Result<AppendOutcome | null>>;
  /** The answer to a request whose parts are durable where they belong. */
  rememberAnswer(context: SenderContext, request: RepeatableRequest, answer: AppendOutcome): Promise<void>;
  /** A remote-write body as it came: snappy over protobuf, 1 `prometheus.WriteRequest`, 2 `io.prometheus.write.v2.Request`. */
  appendRemoteWrite(context: SenderContext, body: ArrayBuffer, version: 1 | 2): Promise<Result<RemoteWriteOutcome>>;
  configure(config: ShardConfig): Promise<void>;
  /** From the shard that takes a sender over under `mapVersion`. Everything of the sender that was accepted here is durable, and nothing more will be, when this answers. */
  handOver(sender: string, mapVersion: number): Promise<Result<HandedOver>>;
  /** From the shard in which these series go on under `mapVersion`; nobody who comes by an older map adds to them here when this answers. */
  handLevels(series: readonly Labels[], mapVersion: number): Promise<Result<readonly (GaugeLevel | null)[]>>;
  /** The `data` and warnings of a Prometheus answer as UTF-8 JSON (`{"status":"success",…}`). `among`: every shard whose series count, in the map's order; this one alone when absent. */
  query(query: PrometheusQuery, among?: readonly string[]): Promise<Result<ArrayBuffer>>;
  /** Several expressions at once, each answered as by `query`; null for one that has no answer. The other shards are asked once for all of them. */
  queries(queries: readonly PrometheusQuery[], among?: readonly string[]): Promise<readonly (ArrayBuffer | null)[]>;
  /** What the selectors of an expression read here; null for a request that nothing matches. */
  columns(requests: readonly SelectRequest[]): Promise<Result<readonly (ShardColumns | null)[]>>;
  /** Raw samples of every series that matches, in the batch encoding; for queries across shards and export. */
  select(query: SeriesQuery): Promise<Result<ArrayBuffer>>;
  /** The same part by part, in bounded memory; `cursor` null begins, times and `limit` (series, 0 for all) stay as they are. */
  exportPage(query: SeriesQuery, cursor: ExportCursor | null): Promise<Result<ExportPage>>;
  /** Exemplars of the series that the expression selects; times in ms, inclusive. */
  exemplars(query: string, startMs: number, endMs: number): Promise<Result<readonly SeriesExemplars[]>>;
  /** Of one metric or of all; `limit` 0 for all of them. A list: a record could not hold every name. */
  metadata(metric: string | null, limit: number): Promise<readonly FamilyMetadata[]>;
  /** `among`: over the samples of all these shards, for series that lie in several. */
  stats(selector: string, windowMs: number, endMs: number, among?: readonly string[]): Promise<Result<readonly SeriesStats[]>>;
  /** `records`: how earlier forecasts of the series fared, by `seriesKey`. */
  forecast(
    query: string,
    horizonMs: number,
    nowMs: number,
    among?: readonly string[],
    records?: Readonly<Record<string, TrackRecord>>,
  ): Promise<Result<readonly ForecastSeries[]>>;
  /** Trend, comparison, correlation: see `query/analyses.ts`. */
  analyze<Kind extends AnalysisKind>(
    kind: Kind,
    question: Analyses[Kind]["question"],
    among?: readonly string[],
  ): Promise<Result<Analyses[Kind]["answer"]>>;
  /** A rule over what is stored; of one that looks across series over all of `among`. */
  backtest(test: Backtest, among?: readonly string[]): Promise<Result<BacktestPart>>;
  slos(): Promise<readonly ShardSlo[]>;
  /** Who calls whom and what runs where, as the labels of its series tell now. */
  dependencies(): Promise<readonly Dependency[]>;
  /** Everything that `/v1/snapshot` needs of one shard, in one call. */
  snapshot(anomalies: number): Promise<ShardSnapshot>;
  /** Pending and firing instances with their rule, value and annotations of now; those of these fingerprints where some are given. */
  activeAlerts(fingerprints?: readonly string[]): Promise<readonly StandingAlert[]>;
  /** Rules that could not be evaluated when they were last due. */
  ruleFaults(): Promise<readonly RuleFault[]>;
  /** When rules were evaluated last, of those that have been. */
  ruleEvaluations(): Promise<readonly RuleEvaluation[]>;
  /** Selectors somebody watches right now; replaces the previous set. `hub` is the LiveHub's object name. */
  watch(hub: string, selectors: readonly string[]): Promise<void>;
  status(): Promise<ShardStatus>;
}

export interface NewToken {
  readonly name: string;
  readonly role: Role;
  readonly user?: string;
  readonly expiresInMs?: number;
}

export interface Silence extends SilenceRequest {
  readonly id: string;
  readonly startsAt: number;
  readonly createdBy: string;
  /** Ms; absent in what was stored before it was noted. */
  readonly updatedAt?: number;
}

/** `expiresAt` in ms: whoever remembers the answer forgets it then. */
export interface AuthenticatedToken {
  readonly principal: Principal;
  readonly expiresAt: number | null;
  /** Its last use has not been noted for a minute: `noteTokenUse` is to be called, beside the request, for it writes. */
  readonly useDue?: boolean;
}

/** Control plane: one per project. */
export interface ProjectRpc extends AnomalyRpc, PipelineRpc, ReceiversRpc, AlertmanagerRpc, IncidentsRpc, CapacityRpc, ForecastsRpc {
  /** Writes nothing, so that a full disk can be read. */
  authenticate(secretHash: string): Promise<AuthenticatedToken | null>;
  noteTokenUse(id: string): Promise<void>;
  createToken(by: Principal, token: NewToken): Promise<Result<{ readonly id: string; readonly token: string }>>;
  tokens(): Promise<readonly TokenInfo[]>;
  revokeToken(by: Principal, id: string): Promise<Result<null>>;
  users(): Promise<readonly User[]>;
  putUser(by: Principal, user: User): Promise<Result<User>>;
  deleteUser(by: Principal, id: string): Promise<Result<null>>;
  /** What was found damaged in its rows; a sentence each. */
  problems(): Promise<readonly string[]>;
  shardMap(): Promise<ShardMap>;
  growShards(by: Principal, count: number): Promise<Result<ShardMap>>;
  /** From the shard whose bounds a sender is reaching, or by an administrator. A sender is divided once. */
  splitSender(sender: string, by?: Principal): Promise<ShardMap>;
  shardConfig(): Promise<ShardConfig>;
  ruleGroups(): Promise<readonly RuleGroup[]>;
  putRuleGroup(by: Principal, group: RuleGroup): Promise<Result<RuleGroup>>;
  /** A rule file, YAML or JSON; every group in it is put, or none when one is refused. `only` names the one group it may hold. */
  putRuleFile(by: Principal, text: string, only?: string): Promise<Result<readonly RuleGroup[]>>;
  deleteRuleGroup(by: Principal, name: string): Promise<Result<null>>;
  slos(): Promise<readonly Slo[]>;
  putSlo(by: Principal, slo: Slo): Promise<Result<Slo>>;
  deleteSlo(by: Principal, id: string): Promise<Result<null>>;
  /** From shards, at least once; idempotent by transition id. Returns when recorded: the shard may then delete its outbox rows. */
  receive(shard: string, transitions: readonly AlertTransition[]): Promise<void>;
  /** Of one fingerprint: its episodes, the newest first, whatever their state. */
  alerts(filter: {
    readonly states?: readonly Alert["state"][];
    readonly fingerprint?: string;
    readonly limit: number;
  }): Promise<readonly Alert[]>;
  alert(id: string): Promise<Alert | null>;
  acknowledge(by: Principal, id: string, note: string | null): Promise<Result<Alert>>;
  resolve(by: Principal, id: string): Promise<Result<Alert>>;
  silences(): Promise<readonly Silence[]>;
  silence(by: Principal, request: SilenceRequest): Promise<Result<{ readonly silenceID: string }>>;
  expireSilence(by: Principal, id: string): Promise<Result<null>>;
  /** All documents or none; what changed, and what it was and is. */
  apply(
    by: Principal,
    documents: readonly (NamedDocument | RuleFileText)[],
    options: ApplyOptions,
  ): Promise<Result<readonly ApplyChange[]>>;
  onCall(atMs: number): Promise<readonly OnCall[]>;
  schedules(): Promise<readonly Schedule[]>;
  /** Overrides that are not given stay. */
  putSchedule(by: Principal, schedule: Omit<Schedule, "overrides"> & Partial<Schedule>): Promise<Result<Schedule>>;
  deleteSchedule(by: Principal, name: string): Promise<Result<null>>;
  addOverride(by: Principal, name: string, override: Omit<Override, "id">): Promise<Result<Override>>;
  removeOverride(by: Principal, name: string, id: string): Promise<Result<null>>;
  shifts(name: string, startMs: number, endMs: number): Promise<Result<readonly Shift[]>>;
  policies(): Promise<readonly EscalationPolicy[]>;
  putPolicy(by: Principal, policy: EscalationPolicy): Promise<Result<EscalationPolicy>>;
  deletePolicy(by: Principal, name: string): Promise<Result<null>>;
  /** The signed part of a calendar's address. */
  calendarLink(schedule: string): Promise<Result<string>>;
  /** iCalendar; null when the link is not valid. Strangers may ask. */
  calendar(link: string): Promise<string | null>;
  /** The alert a signed link acknowledges, and in whose name; null when the link is not valid. Strangers may ask. */
  linkedAlert(link: string): Promise<{ readonly alert: Alert; readonly user: string } | null>;
  acknowledgeByLink(link: string): Promise<Result<Alert> | null>;
  /** A one-use ticket for a WebSocket, valid 60 s. */
  issueTicket(principal: Principal): Promise<string>;
  redeemTicket(ticket: string): Promise<Principal | null>;
  audit(
    limit: number,
  ): Promise<readonly { readonly at: number; readonly actor: string; readonly action: string; readonly detail: string }[]>;
}

/** Fan-out: one per project. `fetch` upgrades `/v1/live`; the Worker passes the principal as JSON in `x-sightline-principal`. */
export interface LiveHubRpc {
  /** New samples of watched series, in the batch encoding. */
  publish(shard: string, batch: ArrayBuffer): Promise<void>;
  broadcast(
    events: readonly { readonly alert: Alert; readonly previous: Alert["state"] | null; readonly remark?: string }[],
  ): Promise<void>;
  /** Selectors watched now, for a shard that wakes. */
  watched(): Promise<readonly string[]>;
  viewers(): Promise<number>;
}
