import type { Result } from "@sightline/shared/model/result";
import { fail, ok } from "@sightline/shared/model/result";
import type { SelectedSeries } from "@sightline/shared/model/sample";
import type { Select, SelectRequest } from "@sightline/shared/promql/api";
import { Pace } from "@sightline/shared/promql/evaluation/pace";
import { Interruption } from "@sightline/shared/promql/failure";
import type { ShardColumns } from "../objects/rpc.ts";
import { mergeStepwise } from "./merge-series.ts";
import { coarsest } from "./coarser-tier.ts";
import { inSteps, type QuerySource, selectInSteps, type WholeReads } from "./query-source.ts";
import { samplesIn } from "./read-stepwise.ts";
import { SelectRefusal } from "./select-refusal.ts";
import { decodeColumns } from "./shard-columns.ts";

/** Another shard, as far as a query asks it. */
export interface PeerShard {
  readonly name: string;
  /** True when it comes before this shard in the map: of two samples at one time this shard's is then the later write. */
  readonly before: boolean;
  columns(requests: readonly SelectRequest[]): Promise<Result<readonly (ShardColumns | null)[]>>;
}

export interface GatherOptions {
  readonly peers: readonly PeerShard[];
  /** Ms for everything that is asked of other shards. */
  readonly timeoutMs: number;
  /** Leave out a shard that cannot be read, with a warning. */
  readonly partial: boolean;
  readonly wait: (ms: number) => Promise<void>;
  /** Lets whatever waits for this object go first; what is gathered is gathered in one go where there is none. */
  readonly pause?: () => Promise<void>;
}

/** Shards asked at the same time. */
const AT_ONCE = 16;
/** Rounds of asking: an expression needs one; a forecast looks two or three times before it evaluates, a trend or resource as often for each generation of series. */
const MOST_ROUNDS = 48;
/** Requests that one round goes on to collect. */
const MOST_FORESEEN = 1000;

/** Thrown by `select` for what was not gathered yet. */
class NotGathered extends Interruption {
  readonly request: SelectRequest;
  constructor(request: SelectRequest) {
    super("not gathered yet");
    this.request = request;
  }
}

const keyOf = (request: SelectRequest): string => JSON.stringify(request);

/**
 * Evaluates over the series of several shards, or of one and its archive. `run` is pure, so it is simply run again whenever it asked
 * for something that the other shards had to be asked for first; `known` are the requests that are certain beforehand. What it asks
 * `foresee` for, one thing for each of many alerts, it is given nothing of at first and goes on, so that a round asks for all of them together.
 * Samples are brought here, not aggregates of them: a sender that moved has left one label set in two shards, and no shard can
 * tell by itself which of its series another one goes on with. Failures: those of `run`, `limit` over the sum of
 * all shards, `unavailable` and `timeout` with the shard's name.
 */
export async function acrossShards<T>(
  local: QuerySource,
  options: GatherOptions,
  known: readonly SelectRequest[],
  run: (source: QuerySource, foresee: Select) => Result<T> | Promise<Result<T>>,
): Promise<Result<T>> {
  const gathered = new Map<string, readonly SelectedSeries[]>();
  const warnings = new Set<string>();
  const infos = new Set<string>();
  const deadline = local.now() + options.timeoutMs;
  const { now, profile } = local;
  let samples = 0;
  const foreseen = new Map<string, SelectRequest>();
  const select: Select = (request) => {
    const series = gathered.get(keyOf(request));
    if (series !== undefined) return series;
    // Of a shard by itself only what lies in its archive has to be brought.
    if (options.peers.length === 0 && local.reaches?.(request) !== true) return local.select(request);
    throw new NotGathered(request);
  };
  const foresee: Select = (request) => {
    try {
      return select(request);
    } catch (error) {
      if (!(error instanceof NotGathered) || foreseen.size >= MOST_FORESEEN) throw error;
      foreseen.set(keyOf(request), request);
      return [];
    }
  };
  let wanted = known;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    let found = await gather(local, options, wanted, deadline);
    // Each shard's own fit, and the sum does not.
    const coarser = wanted.map(coarsest);
    if (found.ok && samples + samplesOf(found.value) > profile.maxSamplesTouched && coarser.some((one, at) => one !== wanted[at]))
      found = await gather(local, options, coarser, deadline);
    if (!found.ok) return found;
    for (const warning of found.value.warnings) warnings.add(warning);
    for (const info of found.value.infos) infos.add(info);
    for (const [index, request] of wanted.entries()) {
      const series = found.value.series[index] ?? [];
      gathered.set(keyOf(request), series);
    }
    samples += samplesOf(found.value);
    if (samples > profile.maxSamplesTouched) {
      const bound = profile.maxSamplesTouched;
      return fail("limit", `the query touches ${samples} samples, at most ${bound}; ask for less time or fewer series`);
    }
    try {
      const known: Pick<QuerySource, "typeOf" | "unitOf"> = {
        typeOf: (metric) => local.typeOf?.(metric),
        unitOf: (metric) => local.unitOf?.(metric),
      };
      const found = await run({ select, ...known, now, profile, warnings: [...warnings], infos: [...infos] }, foresee);
      if (foreseen.size === 0) return found;
    } catch (error) {
      if (!(error instanceof NotGathered)) throw error;
      foreseen.set(keyOf(error.request), error.request);
    }
    wanted = [...foreseen.values()];
    foreseen.clear();
  }
  return fail("execution", `the expression asks for more than ${MOST_ROUNDS} rounds of series`);
}

interface Gathered {
  /** By request. */
  readonly series: readonly (readonly SelectedSeries[])[];
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
}

const samplesOf = ({ series }: Gathered): number => series.reduce((sum, found) => sum + samplesIn(found), 0);

async function gather(
  local: QuerySource,
  { peers, partial, wait, pause = async () => undefined }: GatherOptions,
  requests: readonly SelectRequest[],
  deadline: number,
): Promise<Result<Gathered>> {
  if (requests.length === 0) return ok({ series: [], warnings: [], infos: [] });
  const pace = new Pace();
  const late = wait(Math.max(0, deadline - local.now())).then(() => fail("timeout", "it did not answer in time"));
  const answers: Result<WholeReads>[] = [];
  let next = 0;
  const ask = async (): Promise<void> => {
    for (let index = next++; index < peers.length; index = next++) {
      const peer = peers[index];
      if (peer !== undefined) answers[index] = await Promise.race([columnsOf(peer, requests, pace, pause), late]);
    }
  };
  const asking = Promise.all(Array.from({ length: Math.min(AT_ONCE, peers.length) }, ask));
  let own: WholeReads;
  try {
    // While the others are under way.
    own = await selectInSteps(local, requests, pace, pause);
  } catch (error) {
    if (error instanceof SelectRefusal) return fail(error.code, error.message);
    throw error;
  }
  await asking;
  const warnings = [...own.warnings];
  const infos = [...own.infos];
  for (const [index, { name }] of peers.entries()) {
    const answer = answers[index];
    if (answer === undefined) continue;
    if (answer.ok) {
      warnings.push(...answer.value.warnings);
      infos.push(...answer.value.infos);
      continue;
    }
    const { code, message } = answer.error;
    const ours = code === "timeout" || code === "unavailable";
    if (!ours) return fail(code, message);
    if (!partial)
      return fail(code, `the shard ${name} cannot be read (${message}); try again, or ask with partial=1 for what the others have`);
    warnings.push(`the shard ${name} cannot be read (${message}): its series are missing`);
  }
  const of = (index: number, before: boolean): (readonly SelectedSeries[])[] =>
    peers.flatMap((peer, at) => {
      const answer = answers[at];
      return peer.before === before && answer?.ok === true ? [answer.value.series[index] ?? []] : [];
    });
  const series: (readonly SelectedSeries[])[] = [];
  for (const index of requests.keys())
    series.push(await inSteps(mergeStepwise([...of(index, true), own.series[index] ?? [], ...of(index, false)], pace), pause));
  return ok({ series, warnings, infos });
}

async function columnsOf(
  peer: PeerShard,
  requests: readonly SelectRequest[],
  pace: Pace,
  pause: () => Promise<void>,
): Promise<Result<WholeReads>> {
  try {
    const answer = await peer.columns(requests);
    if (!answer.ok) return answer;
    const series: (readonly SelectedSeries[])[] = [];
    for (const columns of answer.value) {
      const decoded = await decodeColumns(columns, pace, pause);
      if (!decoded.ok) return decoded;
      series.push(decoded.value);
    }
    const noted = answer.value.find((columns) => columns?.infos !== undefined);
    return ok({ series, infos: noted?.infos ?? [], warnings: noted?.warnings ?? [] });
  } catch (error) {
    return fail("unavailable", error instanceof Error ? error.message : String(error));
  }
}
