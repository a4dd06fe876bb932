import type { ByteReader } from "@sightline/shared/encoding/byte-reader";
import type { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import { ANOMALY_KINDS, type Judgement } from "@sightline/shared/model/anomaly";

/** Time, value, expected, lower, upper and score as doubles, the kind's number u8, the reason as UTF-8 behind its length (varint). */
export function saveJudgement({ t, value, expected, lower, upper, score, kind, reason }: Judgement, writer: ByteWriter): void {
  for (const number of [t, value, expected, lower, upper, score]) writer.f64(number);
  writer.u8(ANOMALY_KINDS.indexOf(kind));
  const words = new TextEncoder().encode(reason);
  writer.varint(words.length);
  writer.bytes(words);
}

/** Throws RangeError at the end of the bytes. */
export function loadJudgement(reader: ByteReader): Judgement {
  const [t, value, expected] = [reader.f64(), reader.f64(), reader.f64()];
  const [lower, upper, score] = [reader.f64(), reader.f64(), reader.f64()];
  const kind = ANOMALY_KINDS[reader.u8()] ?? "spike";
  return { t, value, expected, lower, upper, score, kind, reason: new TextDecoder().decode(reader.bytes(reader.varint())) };
}
