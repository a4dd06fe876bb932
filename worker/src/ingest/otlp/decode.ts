import { fail, ok } from "@sightline/shared/model/result";
import type { Result } from "@sightline/shared/model/result";
import { BodyBudget, TooMany } from "../body-budget.ts";
import { MalformedProtobuf } from "../protobuf-reader.ts";
import { MalformedMessage, type ResourceMetrics } from "./model.ts";
import { readJsonRequest } from "./read-json.ts";
import { readProtobufRequest } from "./read-protobuf.ts";
import { type OtlpBatch, toBatch } from "./to-batch.ts";

/** Series of one request: a histogram's point is one for each of its buckets. */
const MAX_SERIES = 500_000;

/** ExportMetricsServiceRequest as bytes of protobuf. Failures: `malformed_protobuf`, `too_many_…` of what is too much. */
export const decodeOtlpProtobuf = (bytes: Uint8Array, nowMs: number): Result<OtlpBatch> =>
  decoding((budget) => readProtobufRequest(bytes, budget), nowMs);

/** ExportMetricsServiceRequest as JSON, parsed. Failures: `malformed`, `too_many_…` of what is too much. */
export const decodeOtlpJson = (body: unknown, nowMs: number): Result<OtlpBatch> =>
  decoding((budget) => readJsonRequest(body, budget), nowMs);

function decoding(read: (budget: BodyBudget) => readonly ResourceMetrics[], nowMs: number): Result<OtlpBatch> {
  const message = "The body is not an ExportMetricsServiceRequest:";
  const budget = new BodyBudget({ series: MAX_SERIES });
  try {
    return ok(toBatch(read(budget), nowMs, budget));
  } catch (error) {
    if (error instanceof MalformedProtobuf) return fail("malformed_protobuf", `${message} ${error.message}. Nothing was kept.`);
    if (error instanceof MalformedMessage) return fail("malformed", `${message} ${error.message}. Nothing was kept.`);
    if (error instanceof TooMany) return { ok: false, error: error.failure };
    throw error;
  }
}
