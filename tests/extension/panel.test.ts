import { describe, expect, it } from "vitest";
import { type DataSource, DataSourceError } from "@sightline/shared/api/data-source";
import type { LiveSeries } from "@sightline/shared/api/live";
import { DataBridge } from "../../extension/src/dashboard/data-bridge.ts";
import { panelHtml } from "../../extension/src/dashboard/panel-html.ts";
import { parseToExtension, type ToWebview } from "../../extension/src/dashboard/panel-protocol.ts";
import type { SessionState } from "../../extension/src/live/session.ts";
import { Signal } from "../../extension/src/live/signal.ts";
import { MessageDataSource } from "../../extension/src/webview/message-data-source.ts";

type OnSamples = (series: readonly LiveSeries[], backfill: boolean) => void;

function aSource(given: Partial<DataSource> = {}) {
  const subscriptions = new Map<string, OnSamples>();
  const source = {
    query: () => Promise.resolve([{ labels: { __name__: "up" }, t: 1, v: 1 }]),
    subscribe: (selectors: readonly string[], _: number, onSamples: OnSamples) => {
      subscriptions.set(selectors.join(), onSamples);
      return { dispose: () => void subscriptions.delete(selectors.join()) };
    },
    onEvent: () => ({ dispose: () => {} }),
    ...given,
  } as unknown as DataSource;
  return { source, subscriptions };
}

/** A webview and an extension joined by their messages, which pass through JSON as in the editor. */
function joined(source: DataSource | null) {
  const sources = new Signal<DataSource | null>();
  const states = new Signal<SessionState>();
  const session = {
    source,
    state: (source === null ? "signedOut" : "live") as SessionState,
    onSource: sources.listen.bind(sources),
    onState: states.listen.bind(states),
  };
  const posted: ToWebview[] = [];
  const webview = new MessageDataSource((message) => {
    const parsed = parseToExtension(JSON.parse(JSON.stringify(message)));
    if (parsed !== null) bridge.receive(parsed);
  });
  const bridge = new DataBridge(session, (message) => {
    posted.push(message);
    webview.receive(JSON.parse(JSON.stringify(message)) as ToWebview);
  });
  bridge.receive({ type: "ready" });
  return {
    webview,
    posted,
    bridge,
    replace: (next: DataSource | null) => {
      session.source = next;
      sources.fire(next);
    },
    become: (state: SessionState) => states.fire(state),
  };
}

describe("the panel asks the extension", () => {
  it("an answer reaches the call that asked for it", async () => {
    const { webview } = joined(aSource().source);
    expect(await webview.query("up")).toEqual([{ labels: { __name__: "up" }, t: 1, v: 1 }]);
  });

  it("a refusal keeps its code, its sentence and its status", async () => {
    const { webview } = joined(
      aSource({ query: () => Promise.reject(new DataSourceError("bad_data", "unexpected end of input", 400)) }).source,
    );
    await expect(webview.query("up{")).rejects.toMatchObject({ code: "bad_data", message: "unexpected end of input", status: 400 });
  });

  it("what is said of an anomaly reaches the server, and so does its undoing", async () => {
    const said: unknown[] = [];
    const { webview } = joined(
      aSource({
        answerAnomaly: (id, verdict) => Promise.resolve(said.push([id, verdict]) as never),
        takeBackAnomalyAnswer: (id) => Promise.resolve(said.push([id]) as never),
      }).source,
    );
    await webview.answerAnomaly("abc-1", "false_alarm");
    await webview.takeBackAnomalyAnswer("abc-1");
    expect(said).toEqual([["abc-1", "false_alarm"], ["abc-1"]]);
  });

  it("signed out every call says so", async () => {
    const { webview } = joined(null);
    await expect(webview.snapshot()).rejects.toMatchObject({ code: "signed_out" });
    expect(webview.connection).toBe("unauthorized");
  });

  it("samples reach their subscription until it is closed", () => {
    const { source, subscriptions } = aSource();
    const { webview } = joined(source);
    const seen: boolean[] = [];
    const subscription = webview.subscribe(["up"], 1_000, (_, backfill) => seen.push(backfill));
    subscriptions.get("up")?.([], true);
    subscriptions.get("up")?.([], false);
    subscription.dispose();
    expect(seen).toEqual([true, false]);
    expect(subscriptions.size).toBe(0);
  });

  it("subscriptions move to another server when the person signs in there", () => {
    const first = aSource();
    const second = aSource();
    const { webview, replace } = joined(first.source);
    const seen: number[] = [];
    webview.subscribe(["up"], 0, (series) => seen.push(series.length));
    replace(second.source);
    expect(first.subscriptions.size).toBe(0);
    second.subscriptions.get("up")?.([{ labels: {}, t: [], v: [] }], false);
    expect(seen).toEqual([1]);
  });

  it("a reloaded page starts without the subscriptions of the one before", () => {
    const { source, subscriptions } = aSource();
    const { webview, bridge } = joined(source);
    webview.subscribe(["up"], 0, () => {});
    bridge.receive({ type: "ready" });
    expect(subscriptions.size).toBe(0);
  });

  it("the state of the connection is passed on", () => {
    const { webview, become } = joined(aSource().source);
    const states: string[] = [];
    webview.onConnection((state) => states.push(state));
    become("offline");
    become("live");
    expect(states).toEqual(["offline", "live"]);
  });
});

describe("what a webview may say", () => {
  it.each([
    null,
    3,
    {},
    { type: "call", id: 1, name: "dispose", args: [] },
    { type: "call", id: "1", name: "query", args: [] },
    { type: "subscribe", id: 1, selectors: [2], backfillMs: 0 },
    { type: "command", command: "workbench.action.quit" },
  ])("%j is not listened to", (message) => expect(parseToExtension(message)).toBeNull());
});

describe("the panel's page", () => {
  it("allows its own script by nonce and nothing from elsewhere", () => {
    const html = panelHtml({ script: "s.js", style: "s.css", source: "https://own", nonce: "abc" });
    const policy = /Content-Security-Policy" content="([^"]+)"/.exec(html)?.[1] ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'nonce-abc'");
    expect(policy).not.toMatch(/unsafe|connect-src/);
    expect(html.match(/<script/g)).toHaveLength(1);
  });
});
