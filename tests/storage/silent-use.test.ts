/** Of what has fallen silent nobody has seen that it stands still: it is judged by its samples. */
import { capacityQuery } from "../../worker/src/query/capacity.ts";
import { expect, test } from "vitest";
import { NodeDatabase } from "../support/node-database.ts";
import { DAY, MINUTE, NOON } from "./open-store.ts";
import { Sender, gauge, openShard, post } from "./shard-fixture.ts";

const GIB = 2 ** 30;
const EVERY = 15_000;
const HOUR = 60 * MINUTE;

/** When each disk is full, judged so many minutes after `filling` sent its last sample at noon: it rises by `perHour`, the other stands. */
async function fullAt(seenMs: number, silentMs: number, perHour: number): Promise<Record<string, number | null>> {
  const { core } = openShard(new NodeDatabase(), { now: NOON + silentMs });
  const sender = new Sender();
  const disk = (instance: string, lastMs: number, freeAt: (t: number) => number) => {
    const times = Array.from({ length: (lastMs - NOON + seenMs) / EVERY }, (_, i) => lastMs - i * EVERY).toReversed();
    const labels = { fstype: "ext4", instance, mountpoint: "/" };
    const sent = (name: string, valueAt: (t: number) => number) =>
      gauge(
        { __name__: name, ...labels },
        times.map((t): [number, number] => [t, valueAt(t)]),
      );
    return [
      sent("node_filesystem_size_bytes", () => 100 * GIB),
      ...["node_filesystem_avail_bytes", "node_filesystem_free_bytes"].map((name) => sent(name, freeAt)),
    ];
  };
  const wobble = (t: number): number => (((t / EVERY) * 7919) % 101) * 2e4;
  const series = [
    ...disk("filling", NOON, (t) => GIB * (40 - (perHour * (t - NOON)) / HOUR) - wobble(t)),
    ...disk("standing", NOON + silentMs, (t) => 70 * GIB - wobble(t)),
  ];
  await post(core, sender.hello(), sender.frame(1, { series }));
  const endMs = NOON + silentMs;
  const question = { startMs: endMs - 28 * DAY, endMs, hosts: 2, machines: [], declared: [], kind: "disk" as const };
  const answer = await capacityQuery(core.reads, question, async () => undefined);
  if (!answer.ok) throw new Error(answer.error.message);
  return Object.fromEntries(
    answer.value.resources.map((one) => [
      one.labels["instance"],
      "refused" in one || one.saturation.latest === null ? null : one.saturation.at,
    ]),
  );
}

test.for([
  [40, 4, 30],
  [80, 2, 5],
  [80, 5.5, 5],
  [80, 20, 5],
  [80, 65, 5],
  [300, 20, 3],
])("a disk seen for %d min, silent for %d min, that rises by %d GiB an hour", async ([seen, silent, perHour]) => {
  const { filling, standing } = await fullAt(seen! * MINUTE, silent! * MINUTE, perHour!);
  expect(filling).not.toBeNull();
  expect(((filling ?? 0) - NOON) / HOUR / (40 / perHour!)).toBeCloseTo(1, 1);
  expect(standing).toBeNull();
});
