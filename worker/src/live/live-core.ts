import type { LiveEvent } from "@sightline/shared/api/live";
import type { Alert } from "@sightline/shared/model/alert";
import type { Result } from "@sightline/shared/model/result";
import type { BatchSeries, SampleBatch } from "@sightline/shared/model/sample";
import { liveSeries } from "./live-series-json.ts";
import { parseLiveRequest } from "./live-request.ts";
import { parseSelector, selects } from "./selector.ts";
import type { Subscription, Viewer, ViewerSocket } from "./viewer.ts";

const MAX_SUBSCRIPTIONS = 64;
/** Series in one message of backfill, so that no message grows past a few hundred KB. */
const BACKFILL_SERIES = 100;
const MAX_BACKFILL_MS = 24 * 3_600_000;
/** RFC 6455: an unexpected condition. */
const GOING_AWAY = 1011;

export interface LivePorts {
  readonly now: () => number;
  /** Open sockets, hibernating ones included. */
  readonly sockets: () => readonly ViewerSocket[];
  /** Tells every shard of the project what is watched now. */
  readonly watch: (project: string, selectors: readonly string[]) => Promise<void>;
  /** History of the selectors, one batch per shard. */
  readonly history: (
    project: string,
    selectors: readonly string[],
    startMs: number,
    endMs: number,
  ) => Promise<Result<readonly SampleBatch[]>>;
}

/** Fan-out of samples and alerts to the viewers of one project. All state is in the sockets' attachments. */
export class LiveCore {
  readonly #ports: LivePorts;
  /** What the shards were last told; null after waking, when they have to be told again. */
  #watched: string | null = null;

  constructor(ports: LivePorts) {
    this.#ports = ports;
  }

  welcome(socket: ViewerSocket, viewer: Viewer): void {
    socket.remember(viewer);
    this.#send(socket, { type: "welcome", serverTime: this.#ports.now(), project: viewer.project, viewers: this.#ports.sockets().length });
  }

  async message(socket: ViewerSocket, text: string | ArrayBuffer): Promise<void> {
    const viewer = socket.viewer();
    if (viewer === null) return;
    const request = parseLiveRequest(text);
    if (!request.ok) {
      this.#send(socket, { type: "error", id: null, code: request.error.code, message: request.error.message });
      return;
    }
    const { value } = request;
    if (value.type === "ping") this.#send(socket, { type: "pong", sentAt: value.sentAt, serverTime: this.#ports.now() });
    else if (value.type === "subscribe")
      await this.#subscribe(socket, viewer, { id: value.id, selectors: value.selectors }, value.backfillMs);
    else await this.#remember(socket, viewer, { ...viewer, subscriptions: viewer.subscriptions.filter(({ id }) => id !== value.id) });
  }

  /** After a socket went: fewer selectors may be watched. `gone` is still among the sockets while its close is handled. */
  async closed(gone: ViewerSocket): Promise<void> {
    const project = gone.viewer()?.project;
    if (project !== undefined) await this.#tellShards(project, gone);
  }

  /** Distinct selectors of all viewers. */
  watched(except?: ViewerSocket): readonly string[] {
    const selectors = new Set<string>();
    for (const socket of this.#ports.sockets()) {
      if (socket === except) continue;
      for (const subscription of socket.viewer()?.subscriptions ?? []) {
        for (const selector of subscription.selectors) selectors.add(selector);
      }
    }
    return [...selectors].sort();
  }

  /** Samples of watched series, once to each subscription that selects them; every series is written as JSON at most once. */
  async publish(batch: SampleBatch): Promise<void> {
    const texts = new Map<BatchSeries, string>();
    const selected = new Map<string, readonly BatchSeries[]>();
    const matching = (selector: string): readonly BatchSeries[] => {
      let series = selected.get(selector);
      if (series === undefined) {
        series = batch.series.filter(({ labels }) => selects(selector, labels));
        selected.set(selector, series);
      }
      return series;
    };
    const text = (series: BatchSeries): string => {
      let written = texts.get(series);
      if (written === undefined) {
        written = JSON.stringify(liveSeries(series));
        texts.set(series, written);
      }
      return written;
    };
    let project: string | null = null;
    for (const socket of this.#ports.sockets()) {
      const viewer = socket.viewer();
      project ??= viewer?.project ?? null;
      for (const { id, selectors } of viewer?.subscriptions ?? []) {
        const series = selectors.length === 1 ? matching(selectors[0] ?? "") : [...new Set(selectors.flatMap(matching))];
        if (series.length === 0) continue;
        this.#sendText(socket, `{"type":"samples","id":${JSON.stringify(id)},"backfill":false,"series":[${series.map(text).join(",")}]}`);
      }
    }
    // A hub that has just woken doesn't know what the shards believe.
    if (project !== null && this.#watched === null) await this.#tellShards(project);
  }

  broadcast(events: readonly { readonly alert: Alert; readonly previous: Alert["state"] | null; readonly remark?: string }[]): void {
    for (const news of events) {
      if (news.alert.state === "pending") continue;
      const event: LiveEvent = { type: "alert", ...news };
      const text = JSON.stringify(event);
      for (const socket of this.#ports.sockets()) this.#sendText(socket, text);
    }
  }

  async #subscribe(socket: ViewerSocket, viewer: Viewer, subscription: Subscription, backfillMs: number): Promise<void> {
    const { id, selectors } = subscription;
    const others = viewer.subscriptions.filter((other) => other.id !== id);
    if (others.length >= MAX_SUBSCRIPTIONS) {
      this.#refuse(socket, id, "too_many_subscriptions", `A viewer may have ${MAX_SUBSCRIPTIONS} subscriptions; unsubscribe one first.`);
      return;
    }
    for (const selector of selectors) {
      const parsed = parseSelector(selector);
      if (!parsed.ok) {
        this.#refuse(socket, id, parsed.error.code, parsed.error.message);
        return;
      }
    }
    // Watching before reading: a sample that arrives in between comes twice rather than never.
    if (!(await this.#remember(socket, viewer, { ...viewer, subscriptions: [...others, subscription] }, id))) return;
    if (backfillMs > 0) await this.#backfill(socket, viewer.project, subscription, Math.min(backfillMs, MAX_BACKFILL_MS));
  }

  async #backfill(socket: ViewerSocket, project: string, { id, selectors }: Subscription, backfillMs: number): Promise<void> {
    const now = this.#ports.now();
    const batches = await this.#ports.history(project, selectors, now - backfillMs, now);
    if (!batches.ok) {
      this.#refuse(socket, id, batches.error.code, batches.error.message);
      return;
    }
    const series = batches.value.flatMap((batch) => batch.series);
    for (let from = 0; from < series.length; from += BACKFILL_SERIES) {
      this.#send(socket, { type: "samples", id, backfill: true, series: series.slice(from, from + BACKFILL_SERIES).map(liveSeries) });
    }
  }

  async #remember(socket: ViewerSocket, before: Viewer, after: Viewer, id: string | null = null): Promise<boolean> {
    try {
      socket.remember(after);
    } catch {
      this.#refuse(
        socket,
        id,
        "too_many_selectors",
        "The selectors of this viewer together are longer than 16 KB; unsubscribe some or shorten them.",
      );
      return false;
    }
    await this.#tellShards(before.project);
    return true;
  }

  /** Only when the union changed: with fifty viewers of one dashboard most subscriptions change nothing. */
  async #tellShards(project: string, except?: ViewerSocket): Promise<void> {
    const selectors = this.watched(except);
    const key = JSON.stringify(selectors);
    if (key === this.#watched) return;
    this.#watched = key;
    try {
      await this.#ports.watch(project, selectors);
    } catch {
      // Told again at the next occasion; a shard that restarts asks for the set by itself.
      this.#watched = null;
    }
  }

  #refuse(socket: ViewerSocket, id: string | null, code: string, message: string): void {
    this.#send(socket, { type: "error", id, code, message });
  }

  #send(socket: ViewerSocket, event: LiveEvent): void {
    this.#sendText(socket, JSON.stringify(event));
  }

  /** One viewer's broken socket is closed and must not keep the others from their samples. */
  #sendText(socket: ViewerSocket, text: string): void {
    try {
      socket.send(text);
    } catch {
      try {
        socket.close(GOING_AWAY, "the socket no longer takes messages");
      } catch {
        // Closed already.
      }
    }
  }
}
