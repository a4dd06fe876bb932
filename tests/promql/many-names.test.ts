/** Lists of thousands of labels cost what the series' own labels cost, and mean what short ones mean. */
import { describe, expect, test } from "vitest";
import { FIRST_SHARE_NS, Pace, SHARE_NS, sortStepwise } from "@sightline/shared/promql/evaluation/pace";
import { ask, at, storageOf, vector } from "./engine-support.ts";

const storage = storageOf(
  1000,
  ...["a", "b"].flatMap((job) => ["x", "y"].map((instance) => `up{job="${job}", instance="${instance}"} 1`)),
  'owner{job="a", team="red"} 1',
  'owner{job="b", team="blue"} 1',
);
const strangers = Array.from({ length: 5000 }, (_, i) => `l${i}`).join(", ");

describe("a list with five thousand labels that no series has", () => {
  test.each([
    ["by", (names: string) => `count by (${names}) (up)`, "job"],
    ["without", (names: string) => `count without (${names}) (up)`, "instance"],
    ["on", (names: string) => `count by (job) (up * on (${names}) group_left (team) owner)`, "job"],
    ["ignoring", (names: string) => `count by (job, team) (up * ignoring (${names}) group_left (team) owner)`, "instance, team"],
    ["group_left", (names: string) => `count by (job, team) (up * on (job) group_left (${names}) owner)`, "team"],
  ])("gives with %s what the others alone give", (_word, query, names) => {
    const found = vector(storage, query(names), 0);
    expect(Object.keys(found).length).toBeGreaterThan(0);
    expect(vector(storage, query(`${strangers}, ${names}`), 0)).toEqual(found);
  });

  test("sort_by_label orders by those that are there", () => {
    const quoted = strangers.replaceAll(/l\d+/g, '"$&"');
    expect(ask(storage, `sort_by_label_desc(up, ${quoted}, "instance", "job")`, at(0))).toEqual(
      ask(storage, 'sort_by_label_desc(up, "instance", "job")', at(0)),
    );
  });
});

test("count_values sets its label before it groups: `without` takes it away again", () => {
  expect(vector(storage, 'count_values without (job) ("job", up)', 0)).toEqual({ "instance=x": 2, "instance=y": 2 });
  expect(vector(storage, 'count_values without (job) ("__name__", up)', 0)).toEqual({ "instance=x": 2, "instance=y": 2 });
  expect(vector(storage, 'count_values by (job) ("job", up)', 0)).toEqual({ "job=1": 4 });
});

test("a sort whose comparisons take long lets others in as often as one whose do not", () => {
  const compareNs = 1_000_000;
  let compared = 0;
  let most = 0;
  const list = Array.from({ length: 300 }, (_, i) => (i * 7919) % 300);
  const sorting = sortStepwise(list, (a, b) => (compared++, a - b), new Pace(SHARE_NS, SHARE_NS), compareNs);
  for (let step = sorting.next(), before = 0; ; step = sorting.next()) {
    most = Math.max(most, compared - before);
    before = compared;
    if (step.done === true) {
      expect(step.value).toEqual(list.toSorted((a, b) => a - b));
      break;
    }
  }
  expect(most * compareNs).toBeLessThan(FIRST_SHARE_NS);
});
