import type { SeriesExemplars } from "@sightline/shared/model/exemplar";
import type { Result } from "@sightline/shared/model/result";
import { ok } from "@sightline/shared/model/result";
import { type RemoteWrite, decodeRemoteWrite1, decodeRemoteWrite2 } from "../ingest/remote-write.ts";
import { decompressSnappy } from "../ingest/snappy.ts";
import type { DecodedWrite, IngestKernel, RemoteWriteVersion } from "../kernel/ingest-kernel.ts";
import type { RemoteWriteOutcome } from "../objects/append-outcome.ts";
import { appendPart } from "./batch-append.ts";
import { UNTIMELY } from "./refusals.ts";
import type { SampleWriter } from "./sample-writer.ts";
import { emptyOutcome } from "./sample-writer.ts";

const MAX_UNPACKED_BYTES = 32 * 1_048_576;

const decodeMessage = (bytes: Uint8Array, version: RemoteWriteVersion): Result<RemoteWrite> =>
  version === 1 ? decodeRemoteWrite1(bytes) : decodeRemoteWrite2(bytes);

/** Of two parts of one message. */
const together = (one: RemoteWriteOutcome, other: RemoteWriteOutcome): RemoteWriteOutcome => ({
  accepted: one.accepted + other.accepted,
  rejected: [...one.rejected, ...other.rejected],
  written: {
    samples: one.written.samples + other.written.samples,
    histograms: one.written.histograms + other.written.histograms,
    exemplars: one.written.exemplars + other.written.exemplars,
  },
});

/** Remote-write bodies straight into the store: the kernel names the series it knows, and asks for the others once. */
export class RemoteWriteAppend {
  readonly #kernel: IngestKernel;
  readonly #writer: SampleWriter;
  readonly #keepExemplars: (exemplars: readonly SeriesExemplars[] | undefined) => number;
  #round = 0;
  // The kernel's columns lie in memory that the next request reuses; a live view and rows judged one by one keep nothing of them.

  constructor(kernel: IngestKernel, writer: SampleWriter, keepExemplars: (exemplars: readonly SeriesExemplars[] | undefined) => number) {
    this.#kernel = kernel;
    this.#writer = writer;
    this.#keepExemplars = keepExemplars;
  }

  /** Into memory; the caller commits. Failures `corrupt_snappy`, `malformed_protobuf`, `too_large`: nothing was kept. */
  append(body: Uint8Array, version: RemoteWriteVersion, nowMs: number): Result<RemoteWriteOutcome> {
    this.#writer.begin(nowMs);
    if (this.#round !== this.#writer.refusals.round) this.#kernel.reconsider();
    this.#round = this.#writer.refusals.round;
    const decoded = this.#kernel.decode(version, body);
    if (!decoded.ok) return decoded.error.code === "needs_objects" ? this.#objects(body, version, nowMs) : decoded;
    const { aside } = decoded.value;
    if (aside === null) return ok(this.#columns(decoded.value, nowMs));
    // Before anything is written, so that a message which is refused leaves nothing.
    const rest = decodeMessage(aside, version);
    if (!rest.ok) return rest;
    return ok(together(this.#columns(decoded.value, nowMs), this.#write(rest.value, nowMs)));
  }

  #columns(decoded: DecodedWrite, nowMs: number): RemoteWriteOutcome {
    if (decoded.unknown > 0) this.#learn(decoded, nowMs);
    const outcome = emptyOutcome();
    this.#writer.writeColumns(decoded.refs, decoded.times, decoded.values, decoded.length, nowMs, outcome);
    if (decoded.aside !== null) this.#writer.moreFollows(decoded.refs, decoded.length);
    const { accepted, refused } = outcome;
    return {
      accepted,
      rejected: refused === null ? [] : [{ index: 0, code: refused.code, message: refused.message }],
      written: { samples: accepted, histograms: 0, exemplars: 0 },
    };
  }

  #learn(decoded: DecodedWrite, nowMs: number): void {
    const { refs, times, length, unknown } = decoded;
    const { oldest, newest } = this.#writer.store.judge.timely(nowMs);
    // Rows of label sets that were refused before are far beyond its end, where writing does nothing.
    const timely = new Uint8Array(unknown);
    for (let row = 0; row < length; row++) {
      const ref = refs[row] as number;
      const t = times[row] as number;
      if (ref < 0 && t >= oldest && t <= newest) timely[-1 - ref] = 1;
    }
    for (let i = 0; i < unknown; i++) {
      const ref = this.#writer.refOf(decoded.labels(i), decoded.metadata(i), "cumulative", timely[i] === 1);
      if (ref === UNTIMELY) this.#kernel.name(i, ref);
      else this.#kernel.learn(i, ref);
    }
  }

  #objects(body: Uint8Array, version: RemoteWriteVersion, nowMs: number): Result<RemoteWriteOutcome> {
    const unpacked = decompressSnappy(body, MAX_UNPACKED_BYTES);
    if (!unpacked.ok) return unpacked;
    const decoded = decodeMessage(unpacked.value, version);
    return decoded.ok ? ok(this.#write(decoded.value, nowMs)) : decoded;
  }

  #write({ batch, families, refused }: RemoteWrite, nowMs: number): RemoteWriteOutcome {
    const { accepted, histograms = 0, rejected } = appendPart(this.#writer, batch, nowMs);
    const { first } = refused;
    if (first !== null) this.#writer.refusals.count(first.code, refused.count);
    for (const [family, metadata] of families) this.#writer.learnFamily(family, metadata);
    const told = first === null ? rejected : [...rejected, { index: 0, code: first.code, message: first.message }];
    return {
      accepted,
      rejected: told,
      written: { samples: accepted - histograms, histograms, exemplars: this.#keepExemplars(batch.exemplars) },
    };
  }

  /** Refs have been given up: no label set is known any more. */
  forget(): void {
    this.#kernel.forget();
  }
}
