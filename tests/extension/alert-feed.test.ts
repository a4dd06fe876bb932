import { describe, expect, it } from "vitest";
import type { ConnectionState } from "@sightline/shared/api/data-source";
import type { LiveEvent } from "@sightline/shared/api/live";
import type { Alert } from "@sightline/shared/model/alert";
import { AlertFeed, type AlertSource } from "../../extension/src/alerts/alert-feed.ts";
import { Signal } from "../../extension/src/live/signal.ts";
import { anAlert } from "../support/an-alert.ts";

function server(firing: readonly Alert[] = []) {
  const events = new Signal<LiveEvent>();
  const states = new Signal<ConnectionState>();
  let listed = firing;
  let connection: ConnectionState = "connecting";
  const source: AlertSource = {
    get connection() {
      return connection;
    },
    alerts: () => Promise.resolve(listed),
    onEvent: (listener) => events.listen(listener),
    onConnection: (listener) => states.listen(listener),
  };
  return {
    source,
    has: (alerts: readonly Alert[]) => (listed = alerts),
    sends: (alert: Alert, previous: Alert["state"] | null = null) => events.fire({ type: "alert", alert, previous }),
    connects: async () => {
      connection = "live";
      states.fire("live");
      await Promise.resolve();
      await Promise.resolve();
    },
  };
}

function following(fake: ReturnType<typeof server>) {
  const feed = new AlertFeed();
  const told: string[] = [];
  feed.onFiring((alerts) => told.push(...alerts.map(({ id }) => id)));
  feed.follow(fake.source);
  return { feed, told };
}

describe("the alert feed", () => {
  it("what fired before the editor connected is listed, not announced", async () => {
    const fake = server([anAlert({ id: "old" })]);
    const { feed, told } = following(fake);
    await fake.connects();
    expect(feed.alerts.map(({ id }) => id)).toEqual(["old"]);
    expect(told).toEqual([]);
  });

  it("an alert that starts firing is announced once", async () => {
    const fake = server();
    const { told } = following(fake);
    await fake.connects();
    fake.sends(anAlert({ id: "new" }));
    fake.sends(anAlert({ id: "new", value: 0.99 }), "firing");
    expect(told).toEqual(["new"]);
  });

  it("pending is not announced, and firing after pending is", async () => {
    const fake = server();
    const { told } = following(fake);
    await fake.connects();
    fake.sends(anAlert({ state: "pending", firedAt: null }));
    expect(told).toEqual([]);
    fake.sends(anAlert(), "pending");
    expect(told).toEqual(["a1"]);
  });

  it("a reconnect repeats nothing, and tells what fired meanwhile", async () => {
    const fake = server();
    const { told } = following(fake);
    await fake.connects();
    fake.sends(anAlert({ id: "before" }));
    fake.has([anAlert({ id: "before" }), anAlert({ id: "meanwhile" })]);
    await fake.connects();
    expect(told).toEqual(["before", "meanwhile"]);
  });

  it("an alert that fires again after it resolved is announced again", async () => {
    const fake = server();
    const { feed, told } = following(fake);
    await fake.connects();
    fake.sends(anAlert({ firedAt: 2_000 }));
    fake.sends(anAlert({ state: "resolved", firedAt: 2_000, resolvedAt: 3_000 }), "firing");
    expect(feed.alerts).toEqual([]);
    fake.sends(anAlert({ firedAt: 9_000 }));
    expect(told).toEqual(["a1", "a1"]);
  });

  it("an acknowledgement replaces the alert and announces nothing", async () => {
    const fake = server([anAlert()]);
    const { feed, told } = following(fake);
    await fake.connects();
    feed.replace(anAlert({ state: "acknowledged", acknowledgedBy: "Ann" }));
    expect(feed.alerts[0]?.acknowledgedBy).toBe("Ann");
    expect(told).toEqual([]);
  });

  it("signing in elsewhere forgets the alerts of the server before", async () => {
    const fake = server([anAlert()]);
    const { feed } = following(fake);
    await fake.connects();
    feed.follow(null);
    expect(feed.alerts).toEqual([]);
  });

  it("an alert whose snooze is over, or whose severity rose, is told again", async () => {
    const fake = server();
    const { told } = following(fake);
    await fake.connects();
    fake.sends(anAlert());
    fake.sends(anAlert({ snoozedUntil: 9_000 }), "firing");
    fake.sends(anAlert(), "firing");
    fake.sends(anAlert({ severity: "critical" }), "firing");
    fake.sends(anAlert({ severity: "critical" }), "firing");
    expect(told).toEqual(["a1", "a1", "a1"]);
  });

  it("an alert that is held is listed, and announced once nothing holds it any more", async () => {
    const fake = server();
    const { feed, told } = following(fake);
    await fake.connects();
    const held = { stage: "inhibit", reason: "HostDown fires and inhibits it" } as const;
    fake.sends(anAlert({ held }));
    expect(feed.alerts).toMatchObject([{ id: "a1", held }]);
    expect(told).toEqual([]);
    fake.sends(anAlert(), "firing");
    fake.sends(anAlert({ value: 0.99 }), "firing");
    expect(told).toEqual(["a1"]);
  });

  it("one that was announced and then silenced is not announced again when the silence ends", async () => {
    const fake = server();
    const { told } = following(fake);
    await fake.connects();
    fake.sends(anAlert());
    fake.sends(anAlert({ silencedUntil: 9_000, held: { stage: "silence", reason: "silence s1 of Ann" } }), "firing");
    fake.sends(anAlert(), "firing");
    expect(told).toEqual(["a1"]);
  });

  it("one whose severity rises while it is held is announced when nothing holds it any more", async () => {
    const fake = server();
    const { told } = following(fake);
    await fake.connects();
    const held = { stage: "mute", reason: "the route is mute during nights" } as const;
    fake.sends(anAlert());
    fake.sends(anAlert({ severity: "critical", held }), "firing");
    expect(told).toEqual(["a1"]);
    fake.sends(anAlert({ severity: "critical" }), "firing");
    expect(told).toEqual(["a1", "a1"]);
  });
});
