/** Answers of OTLP/HTTP (specification, "OTLP/HTTP Response"), in the encoding of the request. */
export type OtlpEncoding = "protobuf" | "json";

export const OTLP_MEDIA_TYPES = { protobuf: "application/x-protobuf", json: "application/json" } as const;

const utf8 = new TextEncoder();

/** `google.rpc.Code` of an HTTP status. */
const RPC_CODES: Readonly<Record<number, number>> = { 401: 16, 403: 7, 404: 5, 405: 12, 409: 10, 413: 8, 429: 8, 500: 13, 503: 14 };
const INVALID_ARGUMENT = 3;

/** `google.rpc.Status`. */
export function encodeStatus(encoding: OtlpEncoding, httpStatus: number, message: string): Uint8Array<ArrayBuffer> {
  const code = RPC_CODES[httpStatus] ?? INVALID_ARGUMENT;
  if (encoding === "json") return Uint8Array.from(utf8.encode(JSON.stringify({ code, message })));
  return Uint8Array.from([...number(1, code), ...text(2, message)]);
}

/** `ExportMetricsServiceResponse`; `partial_success` is there only when something was refused. */
export function encodeExportResponse(encoding: OtlpEncoding, rejectedPoints: number, message: string): Uint8Array<ArrayBuffer> {
  if (encoding === "json") {
    const partial = { partialSuccess: { rejectedDataPoints: String(rejectedPoints), errorMessage: message } };
    return Uint8Array.from(utf8.encode(JSON.stringify(rejectedPoints === 0 ? {} : partial)));
  }
  if (rejectedPoints === 0) return new Uint8Array(0);
  const partial = [...number(1, rejectedPoints), ...text(2, message)];
  return Uint8Array.from([0x0a, ...varint(partial.length), ...partial]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  bytes.push(rest);
  return bytes;
}

const number = (field: number, value: number): number[] => [field * 8, ...varint(value)];

function text(field: number, value: string): number[] {
  const bytes = utf8.encode(value);
  return [field * 8 + 2, ...varint(bytes.length), ...bytes];
}
