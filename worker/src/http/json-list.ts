import { decodeUtf8, encodeUtf8 } from "@sightline/shared/encoding/utf8";
import type { Labels } from "@sightline/shared/model/labels";
import { compareText } from "@sightline/shared/model/text-order";
import { compareLabels } from "@sightline/shared/promql/evaluation/label-order";
import { Pace, sortStepwise, type Stepwise } from "@sightline/shared/promql/evaluation/pace";
import { inSteps } from "../query/query-source.ts";
import { type JsonList, SEPARATOR } from "../objects/labels-rpc.ts";
import { letOthersIn } from "./let-others-in.ts";
import { wholeAnswer } from "./whole-answer.ts";

const TRUNCATED = "results truncated due to limit";
/** To decode an entry, and to look whether it is known. */
const ENTRY_NS = 400;
/** Entries written together. */
const TOGETHER = 1000;

/** What entries are, where they come in order: as each shard has them. */
export type ListOrder = "texts" | "series" | "newest" | null;

/** What several shards have, each entry once. */
export async function mergedLists(lists: readonly JsonList[], ordered: ListOrder): Promise<JsonList> {
  const [only] = lists;
  return only !== undefined && lists.length === 1 ? only : inSteps(merge(lists, ordered, new Pace()), letOthersIn);
}

function* merge(lists: readonly JsonList[], ordered: ListOrder, pace: Pace): Stepwise<JsonList> {
  // A label set is written alike everywhere.
  const entries = new Set<string>();
  for (const { pieces } of lists) {
    for (const piece of pieces) {
      const some = decodeUtf8(new Uint8Array(piece)).split(SEPARATOR);
      for (const entry of some) entries.add(entry);
      if (pace.spend(some.length * ENTRY_NS)) yield;
    }
  }
  const all =
    ordered === "texts"
      ? yield* inOrder<string>([...entries], compareText, pace)
      : ordered === "series"
        ? yield* inOrder<Labels>([...entries], compareLabels, pace)
        : ordered === "newest"
          ? yield* inOrder<{ readonly t: number }>([...entries], (a, b) => b.t - a.t, pace)
          : [...entries];
  const pieces: ArrayBuffer[] = [];
  for (let from = 0; from < all.length; from += TOGETHER) {
    pieces.push(encodeUtf8(all.slice(from, from + TOGETHER).join(SEPARATOR)).buffer);
    if (pace.spend(TOGETHER * ENTRY_NS)) yield;
  }
  return { entries: all.length, pieces };
}

function* inOrder<T>(entries: readonly string[], compare: (a: T, b: T) => number, pace: Pace): Stepwise<string[]> {
  const named: { readonly entry: string; readonly said: T }[] = [];
  for (const entry of entries) {
    named.push({ entry, said: JSON.parse(entry) as T });
    if (pace.spend(ENTRY_NS)) yield;
  }
  const sorted = yield* sortStepwise(named, (a, b) => compare(a.said, b.said), pace);
  return sorted.map(({ entry }) => entry);
}

/** What the list says. */
export async function entriesOf<T>({ pieces }: JsonList): Promise<T[]> {
  const pace = new Pace();
  const all: T[] = [];
  for (const piece of pieces) {
    const some = JSON.parse(`[${decodeUtf8(new Uint8Array(piece))}]`) as T[];
    for (const entry of some) all.push(entry);
    if (pace.spend(some.length * ENTRY_NS)) await letOthersIn();
  }
  return all;
}

/** Prometheus's answer with the first `most` entries, and its warning when there are more; null for all. */
export async function listResponse(gather: () => Promise<JsonList>, most: number | null): Promise<Response> {
  const body = await wholeAnswer(async () => {
    const list = await gather();
    const isCut = most !== null && list.entries > most;
    const end = isCut ? `],"warnings":${JSON.stringify([TRUNCATED])}}` : "]}";
    return [encodeUtf8('{"status":"success","data":['), ...bytesOf(list, isCut ? most : Infinity), encodeUtf8(end)];
  });
  return new Response(body, { headers: { "content-type": "application/json" } });
}

/** The text of the first `most` entries, between the brackets of a list. */
export function bytesOf(list: JsonList, most: number): Uint8Array<ArrayBuffer>[] {
  return joined(list.entries > most ? firstEntries(list, most) : list.pieces.map((piece) => new Uint8Array(piece)));
}

function joined(pieces: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer>[] {
  const separator = encodeUtf8(SEPARATOR);
  return pieces.flatMap((piece, at) => (at === 0 ? [piece] : [separator, piece]));
}

const NEWLINE = 10;

/** Of shards that were asked for no more than they may have, one is too many at most. */
function firstEntries({ pieces }: JsonList, most: number): Uint8Array<ArrayBuffer>[] {
  const first: Uint8Array<ArrayBuffer>[] = [];
  let left = most;
  for (const piece of pieces) {
    if (left <= 0) break;
    const bytes = new Uint8Array(piece);
    let end = bytes.indexOf(NEWLINE);
    for (left--; left > 0 && end >= 0; left--) end = bytes.indexOf(NEWLINE, end + 1);
    // The comma before the line's end goes, too.
    first.push(end < 0 ? bytes : bytes.subarray(0, end - 1));
  }
  return first;
}
