/** What receivers were told, as judged against the reference: nothing while held, nothing twice, nothing of the unknown. */
import assert from "node:assert/strict";
import { NOTIFICATIONS_FAILING } from "../../../worker/src/alerting/failing-receiver.ts";
import type { GroupNotification } from "../../../worker/src/alerting/group-notification.ts";
import { REPEAT } from "./scenario.ts";
import type { Episode, World } from "./world.ts";

interface ToldGroup {
  at: number;
  /** Firing in the last message. */
  firing: Set<string>;
  /** Told to fire, end not told. */
  readonly open: Set<string>;
}

export class ToldLog {
  readonly #world: World;
  readonly #groups = new Map<string, ToldGroup>();
  readonly #keys = new Set<string>();

  constructor(world: World) {
    this.#world = world;
  }

  #group(receiver: string, key: string): ToldGroup {
    const name = `${receiver} ${key}`;
    const group = this.#groups.get(name) ?? { at: Number.NEGATIVE_INFINITY, firing: new Set(), open: new Set() };
    this.#groups.set(name, group);
    return group;
  }

  /** Fired again before its end was told: whoever believes that it fires must hear of the end of the later one. */
  supersede(earlier: string, later: string): void {
    for (const group of this.#groups.values()) {
      group.firing.delete(earlier);
      if (group.open.delete(earlier)) group.open.add(later);
    }
  }

  /** Its snooze ended, or its severity rose: the last message counts no more. */
  tellAnew(id: string): void {
    for (const group of this.#groups.values()) group.firing.delete(id);
  }

  /** Whether some message of this receiver listed it as firing and its end was not told since. */
  isOpen(receiver: string, id: string): boolean {
    return [...this.#groups].some(([name, group]) => name.startsWith(`${receiver} `) && group.open.has(id));
  }

  /** When the receiver last heard of it as firing; minus infinity for never. */
  lastHeard(receiver: string, id: string): number {
    const times = [...this.#groups]
      .filter(([name, group]) => name.startsWith(`${receiver} `) && group.firing.has(id))
      .map(([, { at }]) => at);
    return Math.max(Number.NEGATIVE_INFINITY, ...times);
  }

  add(message: GroupNotification, now: number): void {
    const { key, receiver, groupKey, alerts, reason } = message;
    assert.ok(!this.#keys.has(key), `the key ${key} was used before`);
    this.#keys.add(key);
    const group = this.#group(receiver, groupKey);
    const ours = alerts.filter(({ name }) => name !== NOTIFICATIONS_FAILING);
    const episodes = ours.map(({ id }): Episode => {
      const episode = this.#world.episodes.find((each) => each.id === id);
      assert.ok(episode !== undefined, `${id} never was`);
      return episode;
    });
    // What tells of a receiver's failing is none of the scenario's alerts.
    let news = alerts.length - ours.length;
    episodes.forEach((episode, i) => {
      const holds = this.#world.holds(episode, receiver, now);
      assert.deepEqual(holds, [], `${receiver} was told of ${episode.id} (${reason}) while held`);
      const toldFiring = ours[i]?.state !== "resolved";
      assert.equal(toldFiring, this.#world.isFiring(episode), `${receiver} was told a wrong state of ${episode.id}`);
      const destined = this.#world.config.receiversOf(episode.source, episode.severity).some((each) => each.receiver === receiver);
      const before = this.#world.config.receiversOf(episode.source, episode.source.severity).some((each) => each.receiver === receiver);
      assert.ok(destined || before, `${receiver} was told of ${episode.id}, which is none of its business`);
      if (toldFiring) {
        assert.ok(this.#world.isNewest(episode));
        if (!group.firing.has(episode.id)) news++;
        group.open.add(episode.id);
        return;
      }
      assert.ok(receiver !== "pager", "the pager wants no resolved alerts");
      assert.ok(group.open.delete(episode.id), `${receiver} was told the end of ${episode.id} without its beginning, or twice`);
      news++;
    });
    assert.ok(
      news > 0 || now - group.at >= REPEAT,
      `${receiver} was told nothing new of ${groupKey} after ${now - group.at} ms (${reason})`,
    );
    group.firing = new Set(episodes.filter((_, i) => ours[i]?.state !== "resolved").map(({ id }) => id));
    group.at = now;
  }
}
