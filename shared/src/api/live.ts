/**
 * The viewer's WebSocket, `/v1/live`: JSON text messages both ways. Auth: bearer header, `sightline.v1, bearer.TOKEN`
 * subprotocols, or `?ticket=` from `POST /v1/live/ticket`.
 */
import type { Alert } from "../model/alert.ts";
import type { NativeHistogram } from "../model/histogram.ts";
import type { Labels } from "../model/labels.ts";

export type LiveRequest =
  /** Samples of every series the selectors match, from now on, preceded by `backfillMs` of history. At most 64 subscriptions a viewer. */
  | { readonly type: "subscribe"; readonly id: string; readonly selectors: readonly string[]; readonly backfillMs: number }
  | { readonly type: "unsubscribe"; readonly id: string }
  | { readonly type: "ping"; readonly sentAt: number };

export interface LiveSeries {
  readonly labels: Labels;
  readonly t: readonly number[];
  /** NaN, +Inf and -Inf as strings, for JSON has no such numbers; a stale marker is "stale". */
  readonly v: readonly (number | string)[];
  /** Aligned with `t` where the series holds native histograms. */
  readonly h?: readonly (NativeHistogram | null)[];
}

export type LiveEvent =
  | { readonly type: "welcome"; readonly serverTime: number; readonly project: string; readonly viewers: number }
  | { readonly type: "samples"; readonly id: string; readonly backfill: boolean; readonly series: readonly LiveSeries[] }
  /** A new or changed alert; `previous` is null when it is new. Not sent to the editor for pending ones unless asked. */
  | {
      readonly type: "alert";
      readonly alert: Alert;
      readonly previous: Alert["state"] | null;
      /** A sentence for people, where there is more to say than the alert itself: a silence that ends, or has ended. */
      readonly remark?: string;
    }
  | { readonly type: "error"; readonly id: string | null; readonly code: string; readonly message: string }
  | { readonly type: "pong"; readonly sentAt: number; readonly serverTime: number };
