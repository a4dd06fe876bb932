import type { Labels } from "@sightline/shared/model/labels";
import { METRIC_NAME } from "@sightline/shared/model/labels";
import type { SelectedSeries } from "@sightline/shared/model/sample";
import { IMPORT_SENDER } from "@sightline/shared/protocol/import-sender";
import type { SelectRequest } from "@sightline/shared/promql/api";
import { matcherPredicate } from "../storage/matcher-predicate.ts";
import type { SenderMark } from "../storage/sender-marks.ts";

export const SILENCE_METRIC = "sightline_sender_silence_seconds";
/** A sender that was silent this long is forgotten. */
const FORGET_MS = 86_400_000;
const STEP_MS = 15_000;
const MAX_POINTS = 1000;

const labelsOf = (mark: SenderMark): Labels => ({
  [METRIC_NAME]: SILENCE_METRIC,
  sender: mark.sender,
  ...(mark.hostName === null ? {} : { host_name: mark.hostName }),
});

/** Whether anybody waits for its next frame: an import ends, and is not missed. */
const missed = (mark: SenderMark, nowMs: number): boolean => nowMs - mark.at < FORGET_MS && !mark.sender.startsWith(IMPORT_SENDER);

/** Seconds since the last frame of each sender that uses frames. */
export function silences(senders: ReadonlyMap<string, SenderMark>, nowMs: number): { readonly labels: Labels; readonly value: number }[] {
  const found: { labels: Labels; value: number }[] = [];
  for (const mark of senders.values()) {
    if (missed(mark, nowMs)) found.push({ labels: labelsOf(mark), value: Math.max(0, nowMs - mark.at) / 1000 });
  }
  return found;
}

/** The same as series: only the present silence is known, so samples begin at the sender's last frame. */
export function selectSilences(senders: ReadonlyMap<string, SenderMark>, request: SelectRequest, nowMs: number): SelectedSeries[] {
  const matchers = request.matchers.map(matcherPredicate);
  const found: SelectedSeries[] = [];
  for (const mark of senders.values()) {
    const labels = labelsOf(mark);
    const matches = matchers.every((matcher) => matcher.ok && matcher.value.matches(labels[matcher.value.name] ?? ""));
    if (!matches || !missed(mark, nowMs)) continue;
    const end = Math.min(nowMs, request.endMs);
    const start = Math.max(mark.at, request.startMs + 1, end - MAX_POINTS * STEP_MS);
    if (start > end) continue;
    const count = Math.floor((end - start) / STEP_MS) + 1;
    const timestamps = Float64Array.from({ length: count }, (_, i) => end - (count - 1 - i) * STEP_MS);
    found.push({ labels, timestamps, values: timestamps.map((t) => (t - mark.at) / 1000) });
  }
  return found;
}
