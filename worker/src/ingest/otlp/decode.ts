import { fail, ok } from "@sightline/shared/model/result";
import type { Result } from "@sightline/shared/model/result";
import { MalformedProtobuf } from "../protobuf-reader.ts";
import { MAX_POINTS, MalformedMessage, type ResourceMetrics, TooManyPoints } from "./model.ts";
import { readJsonRequest } from "./read-json.ts";
import { readProtobufRequest } from "./read-protobuf.ts";
import { type OtlpBatch, toBatch } from "./to-batch.ts";

/** ExportMetricsServiceRequest as bytes of protobuf. Failures: `malformed_protobuf`, `too_many_points`. */
export const decodeOtlpProtobuf = (bytes: Uint8Array, nowMs: number): Result<OtlpBatch> =>
  decoding(() => readProtobufRequest(bytes), nowMs);

/** ExportMetricsServiceRequest as JSON, parsed. Failures: `malformed`, `too_many_points`. */
export const decodeOtlpJson = (body: unknown, nowMs: number): Result<OtlpBatch> => decoding(() => readJsonRequest(body), nowMs);

function decoding(read: () => readonly ResourceMetrics[], nowMs: number): Result<OtlpBatch> {
  const message = "The body is not an ExportMetricsServiceRequest:";
  try {
    return ok(toBatch(read(), nowMs));
  } catch (error) {
    if (error instanceof MalformedProtobuf) return fail("malformed_protobuf", `${message} ${error.message}. Nothing was kept.`);
    if (error instanceof MalformedMessage) return fail("malformed", `${message} ${error.message}. Nothing was kept.`);
    if (!(error instanceof TooManyPoints)) throw error;
    return fail(
      "too_many_points",
      `The request holds more than ${MAX_POINTS} data points or 500000 series. Nothing was kept; send it in parts.`,
    );
  }
}
