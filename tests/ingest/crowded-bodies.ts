/** Bodies that say very little very often: a few bytes of theirs, once packed, must not cost seconds or gigabytes. */
import { varint } from "./protobuf-writer.ts";

/** `element`, a field as it is written, `count` times inside messages of these fields, outermost first. */
export function crowd(within: readonly number[], element: readonly number[], count: number): Uint8Array {
  let body = new Uint8Array(element.length * count);
  for (let at = 0; at < body.length; at += element.length) body.set(element, at);
  for (const field of within.toReversed()) {
    const head = [field * 8 + 2, ...varint(body.length)];
    const outer = new Uint8Array(head.length + body.length);
    outer.set(head);
    outer.set(body, head.length);
    body = outer;
  }
  return body;
}

/** What stands where in a WriteRequest of 1.0, each an element that can come millions of times. */
export const CROWDS_1: Readonly<Record<string, readonly [within: readonly number[], element: readonly number[]]>> = {
  "empty series": [[], [0x0a, 0]],
  "series of one empty label": [[], [0x0a, 2, 0x0a, 0]],
  "series of one empty sample": [[], [0x0a, 2, 0x12, 0]],
  "series of one empty exemplar": [[], [0x0a, 2, 0x1a, 0]],
  "empty metadata": [[], [0x1a, 0]],
  "empty labels": [[1], [0x0a, 0]],
  "empty samples": [[1], [0x12, 0]],
  "empty exemplars": [[1], [0x1a, 0]],
  "empty histograms": [[1], [0x22, 0]],
  "labels of an exemplar": [
    [1, 3],
    [0x0a, 0],
  ],
  "spans of a histogram": [
    [1, 4],
    [0x5a, 0],
  ],
  "buckets of a histogram": [
    [1, 4],
    [0x60, 0],
  ],
};

export const CROWDS_2: typeof CROWDS_1 = {
  "empty series": [[], [0x2a, 0]],
  symbols: [[], [0x22, 0]],
  "empty samples": [[5], [0x12, 0]],
  "empty exemplars": [[5], [0x22, 0]],
  "empty histograms": [[5], [0x1a, 0]],
  references: [[5], [0x08, 0]],
  "packed references": [[5, 1], [0]],
};

export const CROWDS_OTLP: typeof CROWDS_1 = {
  resources: [[], [0x0a, 0]],
  "attributes of a resource": [
    [1, 1],
    [0x0a, 0],
  ],
  scopes: [[1], [0x12, 0]],
  "attributes of a scope": [
    [1, 2, 1],
    [0x1a, 0],
  ],
  metrics: [
    [1, 2],
    [0x12, 0],
  ],
  points: [
    [1, 2, 2, 5],
    [0x0a, 0],
  ],
  "attributes of a point": [
    [1, 2, 2, 5, 1],
    [0x3a, 0],
  ],
  exemplars: [
    [1, 2, 2, 5, 1],
    [0x2a, 0],
  ],
  "values of a list": [
    [1, 1, 1, 2, 5],
    [0x0a, 0],
  ],
  "pairs of a map": [
    [1, 1, 1, 2, 6],
    [0x0a, 0],
  ],
  "packed buckets": [[1, 2, 2, 10, 1, 8, 2], [0]],
  quantiles: [
    [1, 2, 2, 11, 1],
    [0x32, 0],
  ],
};
