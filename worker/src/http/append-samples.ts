import type { SeriesExemplars } from "@sightline/shared/model/exemplar";
import { type Labels, seriesKey } from "@sightline/shared/model/labels";
import type { Result } from "@sightline/shared/model/result";
import { ok } from "@sightline/shared/model/result";
import type { BatchSeries, SampleBatch } from "@sightline/shared/model/sample";
import { encodeBatch } from "@sightline/shared/protocol/batch";
import { judgeLabels } from "@sightline/shared/protocol/limits";
import type { Env } from "../env.ts";
import type { AppendOutcome, RefusedBefore, Repeatable, RepeatableRequest } from "../objects/append-outcome.ts";
import type { SenderContext } from "../objects/rpc.ts";
import { shardStub } from "../objects/stubs.ts";
import { bestShard, splitOf } from "../project/shard-owners.ts";
import { type Shard, writeToOwner } from "./shards.ts";

/**
 * Brings decoded samples to the shard of their sender, or each series to its own when the sender is divided; resolves when all
 * are durable. A label set over a limit stays here, told by its place: a batch with one is refused whole. `refused` is what the
 * request held beside the batch: a shard of the sender counts it, also where nothing else is left. That nothing can be kept is the
 * answer then whatever becomes of the counts, as no repeat would change it.
 */
export async function appendSamples(
  env: Env,
  context: SenderContext,
  batch: SampleBatch,
  repeatable?: Repeatable,
  refused: RefusedBefore = {},
): Promise<Result<AppendOutcome>> {
  const judged = judgeBatch(batch);
  if (judged === null) return appendTravelling(env, context, batch, repeatable, refused);
  const { rejected, places, travelling } = judged;
  const counted = { ...refused };
  for (const { index, code } of rejected) counted[code] = (counted[code] ?? 0) + (batch.series[index]?.timestamps.length ?? 0);
  const answer = await appendTravelling(env, context, travelling, repeatable, counted);
  if (!answer.ok) return answer;
  const late = answer.value.rejected.map((one) => ({ ...one, index: places[one.index] ?? 0 }));
  return ok({ ...answer.value, rejected: [...rejected, ...late].sort((left, right) => left.index - right.index) });
}

interface JudgedBatch {
  readonly rejected: Rejection[];
  readonly travelling: SampleBatch;
  /** Of the travelling series, in the batch they came in. */
  readonly places: readonly number[];
}

/** Null when every label set may travel. */
function judgeBatch({ series, exemplars }: SampleBatch): JudgedBatch | null {
  const rejected: Rejection[] = [];
  for (const [index, { labels }] of series.entries()) {
    const refusal = judgeLabels(labels);
    if (refusal !== null) rejected.push({ index, code: refusal.code, message: refusal.message });
  }
  const shown = exemplars?.filter(({ labels }) => judgeLabels(labels) === null) ?? [];
  if (rejected.length === 0 && shown.length === (exemplars?.length ?? 0)) return null;
  const refused = new Set(rejected.map(({ index }) => index));
  const places = [...series.keys()].filter((index) => !refused.has(index));
  return { rejected, places, travelling: { series: series.filter((_, index) => !refused.has(index)), exemplars: shown } };
}

async function appendTravelling(
  env: Env,
  context: SenderContext,
  batch: SampleBatch,
  repeatable: Repeatable | undefined,
  refused: RefusedBefore,
): Promise<Result<AppendOutcome>> {
  const answer = writeToOwner(env, context, async (shard, context, map) => {
    const among = splitOf(map, context.sender);
    if (among === undefined) return shard.appendBatch(context, encodeBatch(batch).buffer, repeatable, refused);
    const append = () => appendParts(env, context, among, batch, repeatable, refused);
    return typeof repeatable === "object" ? onceAsAWhole(shard, context, repeatable, append) : append();
  });
  if (batch.series.length + (batch.exemplars?.length ?? 0) > 0) return answer;
  await answer.catch(() => undefined);
  return ok({ accepted: 0, rejected: [] });
}

/** A divided sender's primary shard knows what was answered to whole requests, before the sender was divided and since. */
async function onceAsAWhole(
  primary: Shard,
  context: SenderContext,
  request: RepeatableRequest,
  append: () => Promise<Result<AppendOutcome>>,
): Promise<Result<AppendOutcome>> {
  const before = await primary.recallAnswer(context, request);
  if (!before.ok) return before;
  if (before.value !== null) return ok(before.value);
  const answer = await append();
  if (answer.ok) await primary.rememberAnswer(context, request, answer.value);
  return answer;
}

/** Until the whole is answered. By a name of its own for each shard, since one that takes a share takes the others' answers, too; no header brings such a key. */
const partOfRequest = (request: Repeatable | undefined, shard: string): Repeatable | undefined =>
  typeof request === "object" ? { ...request, key: `${request.key}\n${shard}` } : request;

type Rejection = AppendOutcome["rejected"][number];

interface Part {
  readonly indices: number[];
  readonly series: BatchSeries[];
  readonly exemplars: SeriesExemplars[];
}

/** The same series always goes to the same shard. When one shard fails the request fails: what others kept is the same when it is sent again. */
async function appendParts(
  env: Env,
  context: SenderContext,
  among: readonly string[],
  batch: SampleBatch,
  repeatable: Repeatable | undefined,
  refused: RefusedBefore,
): Promise<Result<AppendOutcome>> {
  const parts = new Map<string, Part>();
  const partAt = (name: string): Part => {
    let part = parts.get(name);
    if (part === undefined) parts.set(name, (part = { indices: [], series: [], exemplars: [] }));
    return part;
  };
  const partOf = (labels: Labels): Part => partAt(bestShard(among, seriesKey(labels)));
  if (Object.keys(refused).length > 0) partAt(among[0] ?? "");
  for (const [index, series] of batch.series.entries()) {
    const part = partOf(series.labels);
    part.indices.push(index);
    part.series.push(series);
  }
  for (const one of batch.exemplars ?? []) partOf(one.labels).exemplars.push(one);
  const answers = await Promise.all(
    [...parts].map(async ([name, { indices, series, exemplars }]) => {
      const bytes = encodeBatch({ series, exemplars }).buffer;
      const answer = await shardStub(env, name).appendBatch(
        context,
        bytes,
        partOfRequest(repeatable, name),
        name === among[0] ? refused : {},
      );
      if (!answer.ok) return answer;
      const rejected = answer.value.rejected.map((one) => ({ ...one, index: indices[one.index] ?? 0 }));
      return ok({ ...answer.value, rejected });
    }),
  );
  let accepted = 0;
  let exemplars = 0;
  let histograms = 0;
  const rejected: Rejection[] = [];
  for (const answer of answers) {
    if (!answer.ok) return answer;
    accepted += answer.value.accepted;
    exemplars += answer.value.exemplars ?? 0;
    histograms += answer.value.histograms ?? 0;
    // Hundreds of thousands are more than one call takes as arguments.
    for (const one of answer.value.rejected) rejected.push(one);
  }
  return ok({ accepted, rejected: rejected.sort((left, right) => left.index - right.index), exemplars, histograms });
}
