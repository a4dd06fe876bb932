import { cautions } from "@sightline/shared/anomaly/feedback";
import { anomalyId, idTime } from "@sightline/shared/anomaly/anomaly-id";
import { createDetectorBank } from "@sightline/shared/anomaly/detector-bank";
import type { AnomalyAnswer, AnomalyVerdict } from "@sightline/shared/model/anomaly";
import type { Labels } from "@sightline/shared/model/labels";
import { describe, expect, test } from "vitest";
import { DetectorFeed } from "../../worker/src/rules/detection/detector-feed.ts";
import { deployOf } from "../../worker/src/rules/detection/known-changes.ts";
import { pinnedSeries } from "../../worker/src/rules/detection/pinned-series.ts";
import { RichTier } from "../../worker/src/rules/detection/rich-tier.ts";
import { construct, randomSource } from "../bench/anomaly-generator.ts";

const DAY = 86_400_000;
const series = (host: string): Labels => ({ __name__: "queue_length", host_name: host });

function answers(...said: readonly (readonly [string, AnomalyVerdict])[]): AnomalyAnswer[] {
  return said.map(([host, verdict], i) => ({ id: `a-${i}`, labels: series(host), verdict, t: i, at: i, by: "ann" }));
}

describe("which series have the rich tier", () => {
  const tierOf = (slots: number, most = 64) => {
    const bank = createDetectorBank();
    for (let i = 0; i < slots; i++) bank.add();
    const tier = new RichTier(bank);
    tier.limit(most);
    return { bank, tier };
  };

  /** What is silent has ended. */
  const renew = (tier: RichTier, sent: number, slots: number, isSilent: (slot: number) => boolean): void =>
    tier.renew(sent, slots, isSilent, isSilent);

  test("those a rule names, then suspects while there is room, never more than the bound", () => {
    const { bank, tier } = tierOf(200);
    for (let slot = 0; slot < 10; slot++) tier.watch(slot, true);
    for (let slot = 10; slot < 200; slot++) tier.suspect(slot, 1000 + slot);
    expect(tier.size).toBe(64);
    expect(bank.isRich(0)).toBe(true);
    expect(bank.isRich(63)).toBe(true);
    expect(bank.isRich(64)).toBe(false);
  });

  test("any series while there is room, and those give their places to all that somebody asked for or that are suspect", () => {
    const { bank, tier } = tierOf(200);
    for (let slot = 0; slot < 100; slot++) tier.welcome(slot, false);
    expect([bank.isRich(0), bank.isRich(63), bank.isRich(64), tier.size]).toEqual([true, true, false, 64]);
    tier.suspect(150, 1000);
    tier.watch(151, true);
    tier.watch(152, false, true);
    tier.watch(3, true);
    expect([bank.isRich(150), bank.isRich(151), bank.isRich(152), bank.isRich(3)]).toEqual([true, true, true, true]);
    expect([bank.isRich(0), bank.isRich(1), bank.isRich(2), tier.size]).toEqual([false, false, false, 64]);
  });

  test("what a host tells of itself leaves its place to a service's series", () => {
    const { bank, tier } = tierOf(200);
    for (let slot = 0; slot < 100; slot++) tier.welcome(slot, true);
    for (let slot = 100; slot < 120; slot++) tier.welcome(slot, false);
    expect([bank.isRich(19), bank.isRich(20), bank.isRich(119), tier.size]).toEqual([false, true, true, 64]);
  });

  test("a shard that grows beyond a thousand series gives places to those alone that are suspect or asked for", () => {
    const { bank, tier } = tierOf(1001);
    for (let slot = 0; slot < 1000; slot++) tier.welcome(slot, slot % 2 === 0);
    tier.suspect(500, 1000);
    tier.welcome(1000, false);
    expect([bank.isRich(500), bank.isRich(999), bank.isRich(1000), tier.size]).toEqual([true, false, false, 1]);
  });

  test("what is sent no more leaves its place to what waits for one: first to what somebody asked for, then to a service's, then to a host's", () => {
    const { bank, tier } = tierOf(200);
    for (let slot = 0; slot < 64; slot++) tier.welcome(slot, false);
    for (let slot = 0; slot < 20; slot++) tier.watch(slot, true);
    for (let slot = 20; slot < 40; slot++) tier.suspect(slot, 1000);
    for (let slot = 100; slot < 132; slot++) tier.welcome(slot, slot < 110);
    const rich = (from: number, to: number): number =>
      Array.from({ length: to - from }, (_, i) => bank.isRich(from + i)).filter(Boolean).length;
    expect([tier.size, rich(0, 64), rich(100, 132)]).toEqual([64, 64, 0]);
    renew(tier, 60, 132, (slot) => slot < 24 || slot === 131);
    // 24 places are free: 21 of a service's wait, and ten of a host's.
    expect([rich(0, 24), rich(24, 64), rich(110, 131), rich(100, 110), tier.size]).toEqual([0, 40, 21, 3, 64]);
    // What a rule names is sent again.
    renew(tier, 60, 132, (slot) => slot >= 3 && slot < 24);
    expect([rich(0, 3), tier.size]).toEqual([3, 64]);
  });

  test("an outage costs no place, and what ended leaves no more than are waited for, and waits for one when it is sent again", () => {
    const { bank, tier } = tierOf(200);
    const isRich = (slot: number): boolean => bank.isRich(slot);
    const slots = Array.from({ length: 120 }, (_, slot) => slot);
    for (const slot of slots) tier.welcome(slot, false);
    tier.watch(3, true);
    tier.renew(
      60,
      120,
      (slot) => slot < 60,
      () => false,
    );
    expect(slots.filter(isRich)).toEqual(slots.slice(0, 64));
    // Ten wait.
    renew(tier, 60, 120, (slot) => slot < 60 || slot >= 74);
    expect(slots.filter(isRich)).toEqual([3, ...slots.slice(11, 74)]);
    // Those are back, and those that took their places ended.
    renew(tier, 60, 120, (slot) => slot >= 60);
    expect(slots.filter(isRich).filter((slot) => slot < 60)).toEqual(slots.slice(0, 60));
    expect(tier.size).toBe(64);
  });

  test("a shard is as large as what it is sent, not as all that it ever was sent", () => {
    const { bank, tier } = tierOf(1100);
    for (let slot = 0; slot < 1050; slot++) tier.welcome(slot, false);
    expect(tier.size).toBe(0);
    renew(tier, 15, 1050, (slot) => slot < 1035);
    expect([tier.size, bank.isRich(1040)]).toEqual([15, true]);
    tier.welcome(1060, false);
    expect([tier.size, bank.isRich(1060)]).toEqual([16, true]);
    renew(tier, 1000, 1061, () => false);
    expect(tier.size).toBe(0);
  });

  test("a small shard has places for every series it is sent, and loses one for each beyond a thousand, pinned ones never", () => {
    const { bank, tier } = tierOf(10_000, 512);
    const riches = (): number => Array.from({ length: 10_000 }, (_, slot) => bank.isRich(slot)).filter(Boolean).length;
    for (let slot = 0; slot < 500; slot++) tier.welcome(slot, slot < 100);
    expect(riches()).toBe(500);
    tier.watch(0, false, true);
    tier.suspect(1, 1000);
    for (let slot = 500; slot < 1000; slot++) tier.welcome(slot, true);
    expect([riches(), tier.size]).toEqual([512, 512]);
    renew(tier, 1100, 1000, () => false);
    expect([riches(), tier.size, bank.isRich(0), bank.isRich(1)]).toEqual([412, 412, true, true]);
    // Not back for a few series fewer, and all of them for many.
    renew(tier, 1050, 1000, () => false);
    expect(riches()).toBe(412);
    renew(tier, 1010, 1000, () => false);
    expect(riches()).toBe(502);
    for (let slot = 2; slot < 300; slot++) tier.suspect(slot, 2000);
    for (let slot = 1000; slot < 10_000; slot++) tier.welcome(slot, false);
    // Those that were suspect stay until what is sent is counted.
    expect([riches(), tier.size]).toEqual([300, 300]);
    renew(tier, 10_000, 10_000, () => false);
    expect([riches(), tier.size, bank.isRich(0)]).toEqual([64, 64, true]);
  });

  test("a rolling deploy costs what goes on no place, though names are counted twice for a while", () => {
    const { bank, tier } = tierOf(1400, 512);
    const riches = (to: number): number => Array.from({ length: to }, (_, slot) => bank.isRich(slot)).filter(Boolean).length;
    for (let slot = 0; slot < 900; slot++) tier.welcome(slot, slot < 100);
    renew(tier, 900, 900, () => false);
    const had = riches(400);
    for (let slot = 900; slot < 1400; slot++) tier.welcome(slot, false);
    tier.renew(
      1400,
      1400,
      (slot) => slot >= 400 && slot < 900,
      () => false,
    );
    expect(Math.min(had, 112)).toBe(riches(400));
  });

  test("a shard that wakes keeps what it had, whatever comes first and however long it slept, until what is sent is counted", () => {
    const { bank, tier } = tierOf(2002, 512);
    const restored = Array.from({ length: 300 }, (_, i) => 1500 + i);
    for (let slot = 0; slot < 2000; slot++) tier.welcome(slot, false);
    for (const slot of restored) {
      bank.enrich(slot);
      tier.restored(slot);
    }
    tier.renew(
      0,
      2000,
      () => true,
      () => true,
    );
    tier.welcome(2000, false);
    expect(restored.every((slot) => bank.isRich(slot))).toBe(true);
    renew(tier, 301, 2001, (slot) => slot < 1500 || slot >= 1800);
    expect(restored.every((slot) => bank.isRich(slot))).toBe(true);
  });

  test("a first request of very many series leaves no state of the rich tier behind, and makes none on the way", () => {
    const enriched: number[] = [];
    const tier = new RichTier({
      enrich: (slot) => void enriched.push(slot),
      impoverish: (slot) => void enriched.splice(enriched.indexOf(slot), 1),
    });
    for (let slot = 0; slot < 10_000; slot++) tier.welcome(slot, false);
    expect([enriched.length, tier.size]).toEqual([0, 0]);
  });

  test("a host's series that gave its place to a service's has it again when that ended", () => {
    const { bank, tier } = tierOf(65);
    for (let slot = 0; slot < 64; slot++) tier.welcome(slot, true);
    tier.welcome(64, false);
    expect([bank.isRich(0), bank.isRich(64)]).toEqual([false, true]);
    renew(tier, 64, 65, (slot) => slot === 64);
    expect([bank.isRich(0), bank.isRich(64)]).toEqual([true, false]);
  });

  test("a host's series that somebody pins has one place", () => {
    const { bank, tier } = tierOf(3);
    for (let slot = 0; slot < 3; slot++) tier.welcome(slot, true);
    tier.watch(1, true, true);
    expect([bank.isRich(1), tier.size]).toEqual([true, 3]);
  });

  test("a rule takes the place of the series that was suspect longest ago", () => {
    const { bank, tier } = tierOf(100);
    for (let slot = 0; slot < 64; slot++) tier.suspect(slot, 1000 + slot);
    tier.suspect(0, 5000);
    tier.watch(99, true);
    expect(bank.isRich(99)).toBe(true);
    expect(bank.isRich(0)).toBe(true);
    expect(bank.isRich(1)).toBe(false);
  });

  test("what people pinned comes before all others, also when rules have taken every place", () => {
    const { bank, tier } = tierOf(100);
    for (let slot = 0; slot < 64; slot++) tier.watch(slot, true);
    tier.watch(99, false, true);
    expect(bank.isRich(99)).toBe(true);
    expect(tier.size).toBe(64);
    tier.watch(99, false, false);
    tier.watch(98, true);
    expect([bank.isRich(98), bank.isRich(99), tier.size]).toEqual([true, false, 64]);
  });

  test("pins are selectors; what cannot be read pins nothing", () => {
    const isPinned = pinnedSeries(['queue_length{host_name=~"a|b"}', "sum(queue_length)", "{{"]);
    expect(["a", "b", "c"].map((host) => isPinned(series(host)))).toEqual([true, true, false]);
  });

  test("a suspect takes the place of one whose suspicion is a day old, not of a newer one", () => {
    const { bank, tier } = tierOf(100);
    for (let slot = 0; slot < 64; slot++) tier.suspect(slot, 1000);
    tier.suspect(80, 2000);
    expect(bank.isRich(80)).toBe(false);
    tier.suspect(80, 1000 + DAY);
    expect(bank.isRich(80)).toBe(true);
    expect(bank.isRich(0)).toBe(false);
  });
});

describe("what is told of a series in the rich tier", () => {
  function toldBy(shape: string, kind: Parameters<typeof construct>[1], share = 0) {
    const { times, values, deployMs } = construct(shape, kind, 4242, 300_000, 14);
    const metadata = { type: "gauge", unit: "", help: "" } as const;
    const feed = new DetectorFeed(undefined, () => ({ labels: series("a"), metadata }));
    const slot = feed.add();
    feed.watch(slot, true);
    feed.caution(slot, share);
    const told: string[] = [];
    for (let i = 0; i < values.length; i++) {
      if (times[i] === deployMs) feed.deployed(slot, deployMs ?? 0);
      feed.observeGauge(slot, times[i] ?? 0, values[i] ?? 0);
      for (const found of feed.take()) told.push(`${found.kind}${found.revised === true ? " anew" : ""}`);
    }
    return told;
  }

  test("a level that moves is told as a spike, and anew as what it is", () => {
    expect(toldBy("noise", "level_shift")).toEqual(["spike", "level_shift anew"]);
  });

  test("of a small project nobody has to pin anything", () => {
    const feed = new DetectorFeed();
    expect([feed.isRich(feed.add()), feed.isRich(feed.add())]).toEqual([true, true]);
  });

  test("a level that moves at a deploy is not told", () => {
    expect(toldBy("noise", "deploy")).toEqual([]);
  });

  test("values that scatter from now on are told anew as a change of variance", () => {
    expect(toldBy("noise", "variance_change").at(-1)).toMatch(/^variance_change/);
  });
});

describe("a deploy explains", () => {
  const web = { __name__: "up", service_name: "web", host_name: "a" };
  test("series of its service and host within an hour of it", () => {
    const deploys = [{ service: "web", at: 1000 }];
    expect(deployOf(web, deploys, 2000)).toBe(1000);
    expect(deployOf(web, deploys, 1000 + 2 * 3_600_000)).toBe(0);
    expect(deployOf({ __name__: "up", job: "web" }, deploys, 2000)).toBe(1000);
    expect(deployOf({ __name__: "up", job: "db" }, deploys, 2000)).toBe(0);
    expect(deployOf(web, [{ service: "web", at: 1000, host: "b" }], 2000)).toBe(0);
  });
});

describe("answers about anomalies", () => {
  test("raise a series' thresholds by a quarter each, its siblings' by less, other metrics' not at all", () => {
    const caution = cautions(answers(["a", "false_alarm"]));
    expect(caution(series("a"))).toBeCloseTo(0.25, 3);
    expect(caution(series("b"))).toBeGreaterThan(0.05);
    expect(caution(series("b"))).toBeLessThan(0.1);
    expect(caution({ __name__: "other", host_name: "a" })).toBe(0);
  });

  test("lower them when it was real, and stay within bounds whatever is said", () => {
    expect(cautions(answers(["a", "real"]))(series("a"))).toBeCloseTo(-0.1, 3);
    const many = (verdict: AnomalyVerdict) => cautions(Array.from({ length: 50 }, () => answers(["a", verdict])).flat())(series("a"));
    expect(many("false_alarm")).toBe(2);
    expect(many("real")).toBeCloseTo(-0.3, 5);
    expect(cautions([])(series("a"))).toBe(0);
  });

  test("make the same step of the base tier a lesser score", () => {
    const random = randomSource(5);
    const values = Array.from({ length: 700 }, (_, i) => 10 + random() + (i === 650 ? 6 : 0));
    const scoreOf = (share: number): number => {
      const bank = createDetectorBank();
      const slot = bank.add();
      bank.caution(slot, share);
      return Math.max(...values.map((value, i) => bank.observe(slot, 1_700_000_000_000 + i * 60_000, value)));
    };
    expect(scoreOf(2)).toBeLessThan(scoreOf(0));
    expect(scoreOf(-0.3)).toBeGreaterThan(scoreOf(0));
  });

  test("name an anomaly by its series and time", () => {
    const id = anomalyId(series("a"), 1_700_000_123_456);
    expect(id).toBe(anomalyId({ host_name: "a", __name__: "queue_length" }, 1_700_000_123_456));
    expect(id).not.toBe(anomalyId(series("b"), 1_700_000_123_456));
    expect(idTime(id)).toBe(1_700_000_123_456);
    expect(idTime("nonsense")).toBeNaN();
  });
});
