import { fail } from "@sightline/shared/model/result";
import type { Failure } from "@sightline/shared/model/result";
import type { RemoteWriteVersion } from "./ingest-kernel.ts";

type Refusal = { readonly ok: false; readonly error: Failure };

const MESSAGES: Readonly<Record<RemoteWriteVersion, string>> = { 1: "prometheus.WriteRequest", 2: "io.prometheus.write.v2.Request" };

export const corruptSnappy = (byte: number): Refusal =>
  fail("corrupt_snappy", `The body is not valid Snappy (block format) at byte ${byte}. Nothing was kept.`);

export const malformedProtobuf = (version: RemoteWriteVersion, what: string): Refusal =>
  fail("malformed_protobuf", `The body is not a ${MESSAGES[version]} (${what}). Nothing was kept.`);

export const needsObjects = (): Refusal =>
  fail("needs_objects", "The body holds more than samples of floats, or is large; the decoder that builds objects takes it.");
