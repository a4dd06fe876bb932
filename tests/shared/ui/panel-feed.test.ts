import { compileExpression } from "@sightline/shared/ui/live/expression";
import { SampleBuffer } from "@sightline/shared/ui/live/sample-buffer";
import { type FeedState, openPanelFeed } from "@sightline/shared/ui/live/panel-feed";
import type { DataSource, Disposable } from "@sightline/shared/api/data-source";
import type { LiveSeries } from "@sightline/shared/api/live";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

const NOON = Date.UTC(2026, 10, 20, 12);
const nothing: Disposable = { dispose: () => undefined };
const refuse = (): never => {
  throw new Error("a feed of one live expression has no use for this");
};

/** A server that counts what it is asked and says what the test says. */
class Source implements DataSource {
  asked = 0;
  readonly connection = "live";
  readonly ask = refuse;
  readonly askRange = refuse;
  readonly query = refuse;
  readonly series = refuse;
  readonly labelNames = refuse;
  readonly labelValues = refuse;
  readonly metadata = refuse;
  readonly stats = refuse;
  readonly forecast = refuse;
  readonly trend = refuse;
  readonly capacity = refuse;
  readonly anomalies = refuse;
  readonly answerAnomaly = refuse;
  readonly insights = refuse;
  readonly answerInsight = refuse;
  readonly takeBackInsightAnswer = refuse;
  readonly capacitySettings = refuse;
  readonly putCapacitySettings = refuse;
  readonly takeBackAnomalyAnswer = refuse;
  readonly anomalyAnswers = refuse;
  readonly pins = refuse;
  readonly putPins = refuse;
  readonly alerts = refuse;
  readonly slos = refuse;
  readonly snapshot = refuse;
  readonly acknowledge = refuse;
  readonly snooze = refuse;
  readonly trace = refuse;
  readonly incident = refuse;
  readonly acknowledgeIncident = refuse;
  readonly resolveIncident = refuse;
  readonly noteIncident = refuse;
  readonly nameIncident = refuse;
  readonly mergeIncidents = refuse;
  readonly deploys = refuse;
  readonly deadLetters = refuse;
  readonly retryDeadLetter = refuse;
  readonly backtest = refuse;
  readonly silence = refuse;
  readonly receivers = refuse;
  readonly testReceiver = refuse;
  readonly deliveries = refuse;
  #listener: (series: readonly LiveSeries[], backfill: boolean) => void = () => undefined;

  queryRange(): Promise<[]> {
    this.asked++;
    return Promise.resolve([]);
  }
  subscribe(
    _selectors: readonly string[],
    _backfillMs: number,
    listener: (series: readonly LiveSeries[], backfill: boolean) => void,
  ): Disposable {
    this.#listener = listener;
    return nothing;
  }
  onEvent(): Disposable {
    return nothing;
  }
  onConnection(): Disposable {
    return nothing;
  }
  dispose(): void {}

  async sample(t: number): Promise<void> {
    vi.setSystemTime(t);
    this.#listener([{ labels: { __name__: "up" }, t: [t], v: [1] }], false);
    await vi.advanceTimersByTimeAsync(300);
  }
}

beforeEach(() => void vi.useFakeTimers({ now: NOON }));
afterEach(() => void vi.useRealTimers());

async function watch(source: Source): Promise<{ readonly state: () => FeedState | null; readonly feed: Disposable }> {
  let latest: FeedState | null = null;
  const feed = openPanelFeed({
    dataSource: source,
    compile: compileExpression,
    now: () => Date.now(),
    queries: [{ query: "up", rangeMs: 300_000 }],
    changed: (state) => (latest = state),
  });
  await vi.advanceTimersByTimeAsync(1);
  return { state: () => latest, feed };
}

describe("a panel's feed", () => {
  it("knows the usual distance of its samples", async () => {
    const source = new Source();
    const { state, feed } = await watch(source);
    for (let index = 0; index < 5; index++) await source.sample(NOON + index * 30_000);
    expect(state()?.spacings).toEqual([30_000]);
    expect(new SampleBuffer(1000).spacingMs).toBe(0);
    feed.dispose();
  });

  it("a tab that was hidden asks for what it missed, once, when it is looked at again", async () => {
    const source = new Source();
    const { feed } = await watch(source);
    for (let second = 0; second < 5; second++) await source.sample(NOON + second * 1000);
    expect(source.asked).toBe(1);
    // Timers of a hidden tab run once a minute.
    for (let minute = 1; minute <= 3; minute++) await source.sample(NOON + minute * 60_000);
    expect(source.asked).toBe(1);
    for (let second = 1; second < 4; second++) await source.sample(NOON + 180_000 + second * 1000);
    expect(source.asked).toBe(2);
    feed.dispose();
  });
});
