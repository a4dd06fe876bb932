/** A data source that asks the extension for everything. Subscriptions outlive reconnects: the extension resubscribes. */
import { type ConnectionState, type DataSource, DataSourceError, type Disposable } from "@sightline/shared/api/data-source";
import type { LiveEvent, LiveSeries } from "@sightline/shared/api/live";
import type { CallArguments, CallName, CallValue, ToExtension, ToWebview } from "../dashboard/panel-protocol.ts";

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: DataSourceError) => void;
}

export class MessageDataSource implements DataSource {
  readonly #post: (message: ToExtension) => void;
  readonly #pending = new Map<number, Pending>();
  readonly #samples = new Map<number, (series: readonly LiveSeries[], backfill: boolean) => void>();
  readonly #events = new Set<(event: LiveEvent) => void>();
  readonly #connections = new Set<(state: ConnectionState) => void>();
  #connection: ConnectionState = "connecting";
  #nextId = 1;

  readonly ask = this.#caller("ask");
  readonly askRange = this.#caller("askRange");
  readonly query = this.#caller("query");
  readonly queryRange = this.#caller("queryRange");
  readonly series = this.#caller("series");
  readonly labelNames = this.#caller("labelNames");
  readonly labelValues = this.#caller("labelValues");
  readonly metadata = this.#caller("metadata");
  readonly stats = this.#caller("stats");
  readonly forecast = this.#caller("forecast");
  readonly anomalies = this.#caller("anomalies");
  readonly answerAnomaly = this.#caller("answerAnomaly");
  readonly takeBackAnomalyAnswer = this.#caller("takeBackAnomalyAnswer");
  readonly anomalyAnswers = this.#caller("anomalyAnswers");
  readonly insights = this.#caller("insights");
  readonly answerInsight = this.#caller("answerInsight");
  readonly takeBackInsightAnswer = this.#caller("takeBackInsightAnswer");
  readonly pins = this.#caller("pins");
  readonly putPins = this.#caller("putPins");
  readonly trend = this.#caller("trend");
  readonly capacity = this.#caller("capacity");
  readonly capacitySettings = this.#caller("capacitySettings");
  readonly putCapacitySettings = this.#caller("putCapacitySettings");
  readonly slos = this.#caller("slos");
  readonly snapshot = this.#caller("snapshot");
  readonly alerts = this.#caller("alerts");
  readonly acknowledge = this.#caller("acknowledge");
  readonly snooze = this.#caller("snooze");
  readonly trace = this.#caller("trace");
  readonly incident = this.#caller("incident");
  readonly acknowledgeIncident = this.#caller("acknowledgeIncident");
  readonly resolveIncident = this.#caller("resolveIncident");
  readonly noteIncident = this.#caller("noteIncident");
  readonly nameIncident = this.#caller("nameIncident");
  readonly mergeIncidents = this.#caller("mergeIncidents");
  readonly deploys = this.#caller("deploys");
  readonly backtest = this.#caller("backtest");
  readonly silence = this.#caller("silence");
  readonly receivers = this.#caller("receivers");
  readonly testReceiver = this.#caller("testReceiver");
  readonly deliveries = this.#caller("deliveries");
  readonly deadLetters = this.#caller("deadLetters");
  readonly retryDeadLetter = this.#caller("retryDeadLetter");

  constructor(post: (message: ToExtension) => void) {
    this.#post = post;
  }

  get connection(): ConnectionState {
    return this.#connection;
  }

  subscribe(
    selectors: readonly string[],
    backfillMs: number,
    onSamples: (series: readonly LiveSeries[], backfill: boolean) => void,
  ): Disposable {
    const id = this.#nextId++;
    this.#samples.set(id, onSamples);
    this.#post({ type: "subscribe", id, selectors, backfillMs });
    return {
      dispose: () => {
        if (this.#samples.delete(id)) this.#post({ type: "unsubscribe", id });
      },
    };
  }

  onEvent(listener: (event: LiveEvent) => void): Disposable {
    this.#events.add(listener);
    return { dispose: () => void this.#events.delete(listener) };
  }

  onConnection(listener: (state: ConnectionState) => void): Disposable {
    this.#connections.add(listener);
    return { dispose: () => void this.#connections.delete(listener) };
  }

  /** Takes a message of the extension; false when it is not for the data source. */
  receive(message: ToWebview): boolean {
    if (message.type === "value") this.#take(message.id)?.resolve(message.value);
    else if (message.type === "failure") this.#take(message.id)?.reject(new DataSourceError(message.code, message.message, message.status));
    else if (message.type === "samples") this.#samples.get(message.id)?.(message.series, message.backfill);
    else if (message.type === "event") for (const listener of this.#events) listener(message.event);
    else if (message.type === "connection") this.#connect(message.state === "signedOut" ? "unauthorized" : message.state);
    else return false;
    return true;
  }

  #connect(state: ConnectionState): void {
    this.#connection = state;
    for (const listener of this.#connections) listener(state);
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }

  #caller<Name extends CallName>(name: Name): (...args: CallArguments<Name>) => Promise<CallValue<Name>> {
    return (...args) => {
      const id = this.#nextId++;
      return new Promise<unknown>((resolve, reject) => {
        this.#pending.set(id, { resolve, reject });
        this.#post({ type: "call", id, name, args });
      }) as Promise<CallValue<Name>>;
    };
  }
}
