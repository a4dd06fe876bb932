import type { Labels } from "@sightline/shared/model/labels";
import { METRIC_NAME } from "@sightline/shared/model/labels";
import type { SelectedSeries } from "@sightline/shared/model/sample";
import { IMPORT_SENDER } from "@sightline/shared/protocol/import-sender";
import type { SelectRequest } from "@sightline/shared/promql/api";
import { matcherPredicate } from "../storage/matcher-predicate.ts";
import type { SenderMark } from "../storage/sender-marks.ts";
import type { SeriesStore } from "../storage/series-store.ts";

export const SILENCE_METRIC = "sightline_sender_silence_seconds";
/** A sender that was silent this long is forgotten. */
const FORGET_MS = 86_400_000;
const STEP_MS = 15_000;
const MAX_POINTS = 1000;

/** Silent this long, seconds, an instance is asked whether it has closed. */
const MAYBE_CLOSED = 30;
/** What an instance of a service says of itself through the SDK: 1 while it runs, 0 as its last word. */
const UP_METRIC = "sightline_sdk_up";

type SenderStore = Pick<SeriesStore, "senders" | "index" | "head">;

/** `shop@web-1:4711` is an instance of a service, by the SDK; any other sender is an agent, which speaks for its host. */
function instanceOf(sender: string): { readonly service: string; readonly instance: string } | null {
  const at = sender.lastIndexOf("@");
  return at <= 0 ? null : { service: sender.slice(0, at), instance: sender.slice(at + 1) };
}

/** Whether the instance said itself that it ends. */
function hasClosed({ index, head }: SenderStore, service: string, instance: string): boolean {
  const refs = index.match([
    { name: METRIC_NAME, op: "=", value: UP_METRIC },
    { name: "service_name", op: "=", value: service },
    { name: "instance", op: "=", value: instance },
  ]);
  if (!refs.ok) return false;
  let newest = -Infinity;
  let value = 1;
  for (const ref of refs.value) {
    const time = head.lastTime[ref] ?? -Infinity;
    if (time <= newest) continue;
    newest = time;
    value = head.lastValue[ref] ?? 1;
  }
  return value === 0;
}

/** A mark is another after every frame, so what was its last word stays so. */
const settled = new WeakMap<SenderMark, Labels>();

function labelsOf(store: SenderStore, mark: SenderMark, nowMs: number): Labels {
  const known = settled.get(mark);
  if (known !== undefined) return known;
  const own = instanceOf(mark.sender);
  const isQuiet = nowMs - mark.at > MAYBE_CLOSED * 1000;
  const closed = own !== null && isQuiet && hasClosed(store, own.service, own.instance);
  const labels = {
    [METRIC_NAME]: SILENCE_METRIC,
    sender: mark.sender,
    ...(mark.hostName === null ? {} : { host_name: mark.hostName }),
    ...(own === null ? {} : { service_name: own.service, instance: own.instance }),
    ...(closed ? { closed: "true" } : {}),
  };
  if (isQuiet) settled.set(mark, labels);
  return labels;
}

/** Whether anybody waits for its next frame: an import ends, and is not missed. */
const missed = (mark: SenderMark, nowMs: number): boolean => nowMs - mark.at < FORGET_MS && !mark.sender.startsWith(IMPORT_SENDER);

/** Seconds since the last frame of each sender that uses frames. */
export function silences(store: SenderStore, nowMs: number): { readonly labels: Labels; readonly value: number }[] {
  const found: { labels: Labels; value: number }[] = [];
  for (const mark of store.senders.values()) {
    if (missed(mark, nowMs)) found.push({ labels: labelsOf(store, mark, nowMs), value: Math.max(0, nowMs - mark.at) / 1000 });
  }
  return found;
}

/** The same as series: only the present silence is known, so samples begin at the sender's last frame. */
export function selectSilences(store: SenderStore, request: SelectRequest, nowMs: number): SelectedSeries[] {
  // Nearly every request says that it is for another metric, and needs nothing compiled to be told so.
  if (request.matchers.some(({ name, op, value }) => name === METRIC_NAME && op === "=" && value !== SILENCE_METRIC)) return [];
  const matchers = request.matchers.map(matcherPredicate);
  const found: SelectedSeries[] = [];
  if (matchers.some((matcher) => matcher.ok && matcher.value.name === METRIC_NAME && !matcher.value.matches(SILENCE_METRIC))) return found;
  for (const mark of store.senders.values()) {
    if (!missed(mark, nowMs)) continue;
    const labels = labelsOf(store, mark, nowMs);
    const matches = matchers.every((matcher) => matcher.ok && matcher.value.matches(labels[matcher.value.name] ?? ""));
    if (!matches) continue;
    const end = Math.min(nowMs, request.endMs);
    const start = Math.max(mark.at, request.startMs + 1, end - MAX_POINTS * STEP_MS);
    if (start > end) continue;
    const count = Math.floor((end - start) / STEP_MS) + 1;
    const timestamps = Float64Array.from({ length: count }, (_, i) => end - (count - 1 - i) * STEP_MS);
    found.push({ labels, timestamps, values: timestamps.map((t) => (t - mark.at) / 1000) });
  }
  return found;
}
