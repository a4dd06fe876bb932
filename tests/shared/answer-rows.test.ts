import { expect, test } from "vitest";
import { answerRows } from "@sightline/shared/format/answer-rows";

test("the rows of an answer begin with the largest; NaN comes behind all numbers, and histograms behind those", () => {
  const values = [3, Number.NaN, -Infinity, 599, Number.NaN, Infinity, 4, Infinity, 0];
  const series = values.map((v, i) => ({ labels: { i: String(i) }, t: 0, v }));
  const buckets = ["(0.1, 0.2]: 36"];
  const histograms = [2, 36].map((count) => ({ labels: { i: `h${count}` }, t: 0, count, sum: 18, buckets }));
  const rows = answerRows({ series, histograms });
  expect(rows.map(({ labels }) => labels["i"])).toEqual(["5", "7", "3", "6", "0", "8", "2", "1", "4", "h36", "h2"]);
  expect(rows[9]).toMatchObject({
    text: "histogram of 36, sum 18, mean 0.50",
    whole: "histogram of 36, sum 18, mean 0.5\n(0.1, 0.2]: 36",
  });
});
