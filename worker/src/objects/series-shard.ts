import type { Labels } from "@sightline/shared/model/labels";
import type { TakenSeries } from "../rules/handed-alerts.ts";
import { shardSnapshot, shardStatus } from "../shard/shard-status.ts";
import { giveBack } from "./give-back.ts";
import type { AppendOutcome, RefusedBefore, Repeatable, RepeatableRequest } from "./append-outcome.ts";
import type { SenderContext, SeriesShardRpc, ShardConfig } from "./rpc.ts";
import { ShardQueries } from "./shard-queries.ts";

type Answer<Method extends keyof SeriesShardRpc> = ReturnType<SeriesShardRpc[Method]>;

/** The platform's side of a shard: RPC, sockets and the alarm; everything else is in `shard/`. */
export class SeriesShard extends ShardQueries implements SeriesShardRpc {
  async appendFrames(context: SenderContext, body: ArrayBuffer): Answer<"appendFrames"> {
    const shard = await this.forWriting();
    return shard.ok ? shard.value.core.appendFrames(context, new Uint8Array(body)) : shard;
  }

  async appendBatch(context: SenderContext, batch: ArrayBuffer, repeatable?: Repeatable, refused?: RefusedBefore): Answer<"appendBatch"> {
    const shard = await this.forWriting();
    return shard.ok ? shard.value.core.appendBatch(context, new Uint8Array(batch), repeatable, refused) : shard;
  }

  async recallAnswer(context: Pick<SenderContext, "sender">, request: RepeatableRequest, alone?: true): Answer<"recallAnswer"> {
    return (await this.shard()).core.idempotency.recall(context.sender, request, Date.now(), alone);
  }

  async rememberAnswer(context: SenderContext, request: RepeatableRequest, answer: AppendOutcome): Answer<"rememberAnswer"> {
    await (await this.shard()).core.idempotency.learn(context.sender, request, answer, Date.now());
  }

  async appendRemoteWrite(context: SenderContext, body: ArrayBuffer, version: 1 | 2): Answer<"appendRemoteWrite"> {
    const shard = await this.forWriting();
    const answer = shard.ok ? await shard.value.core.appendRemoteWrite(context, new Uint8Array(body), version) : shard;
    giveBack(body);
    return answer;
  }

  async configure(config: ShardConfig): Answer<"configure"> {
    await (await this.shard()).configure(config);
  }

  async handOver(sender: string, mapVersion: number): Answer<"handOver"> {
    return (await this.shard()).core.claims.handOver(sender, mapVersion);
  }

  async handLevels(series: readonly Labels[], mapVersion: number): Answer<"handLevels"> {
    return (await this.shard()).core.levels.hand(series, mapVersion);
  }

  async handDetectors(series: readonly Labels[]): Answer<"handDetectors"> {
    return (await this.shard()).core.learned.hand(series);
  }

  async handAlerts(series: readonly Labels[]): Answer<"handAlerts"> {
    return (await this.shard()).core.alerts.hand(series);
  }

  async confirmAlerts(taken: readonly TakenSeries<Labels>[]): Answer<"confirmAlerts"> {
    await (await this.shard()).core.alerts.letGo(taken);
  }

  async activeAlerts(fingerprints?: readonly string[]): Answer<"activeAlerts"> {
    return (await this.shard()).core.evaluation.active(fingerprints);
  }

  async ruleFaults(): Answer<"ruleFaults"> {
    return (await this.shard()).core.evaluation.faults();
  }

  async ruleEvaluations(): Answer<"ruleEvaluations"> {
    return (await this.shard()).core.evaluation.evaluations();
  }

  async watch(hub: string, selectors: readonly string[]): Answer<"watch"> {
    (await this.shard()).watch(hub, selectors);
  }

  async status(): Answer<"status"> {
    const shard = await this.shard();
    return shardStatus(shard.core, shard.meter, Date.now(), await shard.problems());
  }

  async snapshot(anomalies: number): Answer<"snapshot"> {
    return shardSnapshot((await this.shard()).core, await this.status(), Date.now(), anomalies);
  }
}
