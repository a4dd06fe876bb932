/** One binary operation on two samples, floats or native histograms. */
import type { NativeHistogram } from "../../model/histogram.ts";
import type { Binary } from "../ast.ts";
import type { Annotations } from "../evaluation/annotations.ts";
import { combineHistograms, equalHistograms, scaleHistogram } from "../histogram/arithmetic.ts";
import { trimHistogram } from "../histogram/trim.ts";
import { arithmetic, compares, isComparison, isTrim } from "./operators.ts";

export type Sample = number | NativeHistogram;

const kindOf = (x: Sample): string => (typeof x === "number" ? "float" : "histogram");

/** The result, or undefined where the sample is dropped: a filter that is false, or an operation histograms don't have. `keep` is what a filter keeps. */
export function combineSamples(node: Binary, a: Sample, b: Sample, keep: Sample, notes: Annotations): Sample | undefined {
  const { op } = node;
  if (typeof a === "number" && typeof b === "number") {
    if (!isComparison(op)) return isTrim(op) ? incompatible(node, a, b, notes) : arithmetic(op, a, b);
    const holds = compares(op, a, b);
    return node.bool ? (holds ? 1 : 0) : holds ? keep : undefined;
  }
  if (typeof a === "object" && typeof b === "object") {
    if (op === "==" || op === "!=") {
      const holds = equalHistograms(a, b) === (op === "==");
      return node.bool ? (holds ? 1 : 0) : holds ? keep : undefined;
    }
    if (op !== "+" && op !== "-") return incompatible(node, a, b, notes);
    const combined = combineHistograms(a, b, op === "+" ? 1 : -1);
    if (combined === undefined) {
      notes.warn(`incompatible bucket layout encountered for binary operator ${op}`, node.span);
      return undefined;
    }
    const verb = op === "+" ? "addition" : "subtraction";
    if (combined.hintCollision) notes.warn(`conflicting counter resets during histogram ${verb}`, node.span);
    if (combined.boundsReconciled) notes.info(`mismatched custom buckets were reconciled during ${verb}`, node.span);
    return combined.histogram;
  }
  if (typeof a === "object" && typeof b === "number") {
    if (op === "*") return scaleHistogram(a, b);
    if (op === "/") return scaleHistogram(a, b, true);
    if (isTrim(op)) return trimHistogram(a, b, op === "</");
  }
  if (typeof a === "number" && typeof b === "object" && op === "*") return scaleHistogram(b, a);
  return incompatible(node, a, b, notes);
}

function incompatible(node: Binary, a: Sample, b: Sample, notes: Annotations): undefined {
  notes.info(
    `incompatible sample types encountered for binary operator ${JSON.stringify(node.op)}: ${kindOf(a)} ${node.op} ${kindOf(b)}`,
    node.span,
  );
  return undefined;
}
