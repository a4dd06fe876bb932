/**
 * Keeps one panel's data current. History comes from the server once; from then on raw samples arrive by subscription and
 * the expression is evaluated here, so that a moving chart costs the server nothing. An expression that this engine
 * cannot evaluate alone is asked of the server again instead.
 */
import { type DataSource, DataSourceError, type Disposable } from "../../api/data-source.ts";
import { Disposables } from "../dom/disposables.ts";
import type { CompileExpression, LiveExpression } from "./expression.ts";
import { ResultHistory } from "./result-history.ts";
import { SampleBuffer } from "./sample-buffer.ts";
import { stepFor } from "./step.ts";

export interface FeedQuery {
  readonly query: string;
  readonly rangeMs: number;
}

export interface FeedState {
  readonly status: "loading" | "ready" | "error";
  readonly error: DataSourceError | null;
  readonly histories: readonly ResultHistory[];
  /** Usual distance of the raw samples under each history, ms; 0 where it is not known. */
  readonly spacings: readonly number[];
  readonly stepMs: number;
  readonly startMs: number;
  readonly endMs: number;
}

export interface FeedOptions {
  readonly dataSource: DataSource;
  readonly queries: readonly FeedQuery[];
  readonly compile: CompileExpression;
  readonly now: () => number;
  readonly changed: (state: FeedState) => void;
}

/** At most four evaluations a second. */
const EVALUATE_EVERY_MS = 250;
/** After samples arrived late (a spool that was replayed), history is asked for again once they have settled. */
const SETTLE_MS = 2000;
const POLL_MS = 5000;
/** Evaluations farther apart than this leave a hole that the server's history fills, once they come regularly again. */
const HOLE_MS = 10_000;

export function openPanelFeed(options: FeedOptions): Disposable {
  const open = new Disposables();
  const { dataSource, queries } = options;
  const rangeMs = Math.max(...queries.map((query) => query.rangeMs));
  const stepMs = stepFor(rangeMs);
  const histories = queries.map(() => new ResultHistory(stepMs));
  const spacings = queries.map(() => 0);
  const lines: {
    readonly expression: LiveExpression;
    readonly buffer: SampleBuffer;
    readonly history: ResultHistory;
    readonly index: number;
    /** Steps were missed, as in a hidden tab whose timers rest. */
    holed: boolean;
    evaluatedAt: number;
  }[] = [];
  let status: FeedState["status"] = "loading";
  let error: DataSourceError | null = null;
  let disposed = false;
  let loading = false;
  let timer: ReturnType<typeof setTimeout> | null = null;
  let settle: ReturnType<typeof setTimeout> | null = null;
  /** Server's clock minus ours; the window ends at what the samples say. */
  let newest = 0;

  const tell = (): void => {
    const now = options.now();
    const endMs = newest > 0 && Math.abs(now - newest) < 60_000 ? Math.max(newest, now - 1500) : now;
    for (const history of histories) history.trim(endMs - rangeMs - stepMs);
    options.changed({ status, error, histories, spacings, stepMs, startMs: endMs - rangeMs, endMs });
  };

  const load = async (): Promise<void> => {
    if (loading || disposed) return;
    loading = true;
    const endMs = Math.floor(options.now() / stepMs) * stepMs;
    try {
      const results = await Promise.all(
        queries.map(({ query }) => dataSource.queryRange(query, endMs - Math.ceil(rangeMs / stepMs) * stepMs, endMs, stepMs)),
      );
      results.forEach((series, index) => histories[index]?.load(series));
      status = "ready";
      error = null;
    } catch (reason) {
      error = reason instanceof DataSourceError ? reason : new DataSourceError("unexpected", String(reason), 0);
      status = histories.some((history) => history.series.length > 0) ? "ready" : "error";
    }
    loading = false;
    if (!disposed) tell();
  };

  const evaluate = (): void => {
    timer = null;
    for (const line of lines) {
      const at = line.buffer.newest;
      if (at <= line.evaluatedAt) continue;
      const spacingMs = line.buffer.spacingMs;
      spacings[line.index] = spacingMs;
      if (line.evaluatedAt > 0 && at - line.evaluatedAt > Math.max(HOLE_MS, 3 * spacingMs)) {
        line.holed = true;
      } else if (line.holed) {
        line.holed = false;
        void load();
      }
      line.evaluatedAt = at;
      if (at > newest) newest = at;
      line.history.push(line.expression.evaluate(line.buffer, at));
    }
    tell();
  };

  queries.forEach(({ query }, index) => {
    const history = histories[index];
    const expression = options.compile(query);
    if (expression === null || history === undefined) {
      open.every(Math.max(POLL_MS, stepMs), () => void load());
      return;
    }
    const buffer = new SampleBuffer(expression.lookbackMs + 5000);
    const line = { expression, buffer, history, index, holed: false, evaluatedAt: 0 };
    lines.push(line);
    open.add(
      dataSource.subscribe(expression.selectors, expression.lookbackMs, (series, backfill) => {
        const oldest = buffer.add(series);
        const late = !backfill && line.evaluatedAt > 0 && oldest < line.evaluatedAt - Math.max(15_000, 2 * stepMs);
        if (late && settle === null) {
          settle = setTimeout(() => {
            settle = null;
            void load();
          }, SETTLE_MS);
        }
        timer ??= setTimeout(evaluate, EVALUATE_EVERY_MS);
      }),
    );
  });
  let wasLive = dataSource.connection === "live";
  open.add(
    dataSource.onConnection((state) => {
      if (state === "live" && !wasLive) void load();
      wasLive = state === "live";
    }),
  );
  // The time axis moves on even when no sample comes.
  open.every(2000, tell);
  open.add({
    dispose() {
      disposed = true;
      if (timer !== null) clearTimeout(timer);
      if (settle !== null) clearTimeout(settle);
    },
  });
  tell();
  void load();
  return open;
}
