import type { CapacityAnswer, CapacityQuestion } from "@sightline/shared/api/analyses";
import { capacityId } from "@sightline/shared/insights/capacity-insight";
import { expect, test } from "vitest";
import { capacityQuery } from "../../worker/src/query/capacity.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { MINUTE, NOON } from "./open-store.ts";
import { Sender, gauge, openShard, post } from "./shard-fixture.ts";

const CLEANED = { instance: "cleaned:1", job: "seats" };

/** Of so many quotas that are nearly used up and one that somebody has cleaned. */
async function answerOf(nearlyFull: number, told?: readonly string[]): Promise<CapacityAnswer> {
  const { core } = openShard(new NodeDatabase(), { now: NOON });
  const sender = new Sender();
  const of = (labels: { instance: string; job: string }, used: number) =>
    [
      ["licence_seats_used", used],
      ["licence_seats_limit", 100],
    ].map(([name, value]) =>
      gauge(
        { __name__: String(name), ...labels },
        Array.from({ length: 30 }, (_, i) => [NOON - (29 - i) * MINUTE, Number(value)] as const),
      ),
    );
  const full = Array.from({ length: nearlyFull }, (_, i) => of({ instance: `full-${i}:1`, job: "seats" }, 99));
  await post(core, sender.hello(), sender.frame(1, { series: [...full, of(CLEANED, 20)].flat() }));
  const question: CapacityQuestion = {
    startMs: NOON - 30 * MINUTE,
    endMs: NOON,
    hosts: 1,
    machines: [],
    declared: [],
    ...(told === undefined ? {} : { told }),
  };
  const answer = await capacityQuery(core.reads, question, () => Promise.resolve());
  if (!answer.ok) throw new Error(answer.error.message);
  return answer.value;
}

test.each([85, 520])(
  "of %d quotas that are nearly full and one that is not, that is judged which is told to run out",
  async (nearlyFull) => {
    const alone = await answerOf(nearlyFull);
    const ids = alone.resources.map(capacityId);
    expect(ids).toHaveLength(80);
    const cleaned = alone.left.find((id) => id.includes("cleaned"));
    expect(cleaned).toBeDefined();
    const { resources, left } = await answerOf(nearlyFull, [cleaned!]);
    expect(resources.map(capacityId)).toContain(cleaned);
    expect(left).not.toContain(cleaned);
    expect(resources).toHaveLength(81);
  },
);
