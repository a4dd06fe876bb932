import type { Problem } from "@sightline/shared/api/responses";
import type { Failure } from "@sightline/shared/model/result";
import { type OtlpEncoding, OTLP_MEDIA_TYPES, encodeStatus } from "../ingest/otlp/answers.ts";
import { statusOf, titleOf } from "./status-table.ts";

/** How a route family writes its errors (CONTRACT.md, HTTP). */
export type ErrorFamily = "problem" | "prometheus" | "influx" | "alertmanager" | "otlp-protobuf" | "otlp-json";

const INFLUX_PATHS: ReadonlySet<string> = new Set(["/api/v2/write", "/write", "/ping", "/query"]);

/** The Alertmanager v2 API beside Influx's write path. */
const ALERTMANAGER_PATH = /^\/api\/v2\/(?:alerts|silences|silence|receivers|status)(?:\/|$)/;

const OTLP_PATHS: ReadonlySet<string> = new Set(["/v1/metrics", "/api/v1/otlp/v1/metrics"]);

/** Null for a Content-Type that OTLP does not have. */
export function otlpEncodingOf(contentType: string): OtlpEncoding | null {
  const mediaType = contentType.split(";", 1)[0]?.trim().toLowerCase();
  if (mediaType === OTLP_MEDIA_TYPES.protobuf) return "protobuf";
  return mediaType === OTLP_MEDIA_TYPES.json ? "json" : null;
}

/** By path, because requests that reach no route need a body too; OTLP answers in the encoding of the request. */
export function familyOf(path: string, contentType = ""): ErrorFamily {
  if (OTLP_PATHS.has(path)) return otlpEncodingOf(contentType) === "protobuf" ? "otlp-protobuf" : "otlp-json";
  if (INFLUX_PATHS.has(path)) return "influx";
  if (ALERTMANAGER_PATH.test(path)) return "alertmanager";
  if (path.startsWith("/api/v1/ingest") || path.startsWith("/api/v1/frames")) return "problem";
  return path.startsWith("/api/v1/") || path.startsWith("/-/") || path === "/federate" ? "prometheus" : "problem";
}

const PROMETHEUS_TYPES: Readonly<Record<number, string>> = {
  400: "bad_data",
  404: "not_found",
  422: "execution",
  500: "internal",
  503: "unavailable",
};

function prometheusType(failure: Failure, status: number): string {
  if (failure.code === "timeout" || failure.code === "canceled") return failure.code;
  return PROMETHEUS_TYPES[status] ?? failure.code;
}

/** The codes of Influx's v2 API, which its clients read to decide whether to try again. */
const INFLUX_CODES: Readonly<Record<number, string>> = {
  400: "invalid",
  401: "unauthorized",
  403: "forbidden",
  404: "not found",
  405: "method not allowed",
  413: "request too large",
  415: "unsupported media type",
  422: "unprocessable entity",
  429: "too many requests",
  500: "internal error",
  503: "unavailable",
};

/** RFC 9457 problem details, google.rpc.Status, Alertmanager's JSON string, Influx's `{"code","message"}`, or Prometheus's `{"status":"error",…}`. Overload carries Retry-After in whole seconds. */
export function errorResponse(family: ErrorFamily, failure: Failure, headers: Readonly<Record<string, string>> = {}): Response {
  const status = statusOf(failure.code);
  const all = new Headers(headers);
  if (failure.retryAfterMs !== undefined) all.set("retry-after", String(Math.max(1, Math.ceil(failure.retryAfterMs / 1000))));
  else if (status === 503) all.set("retry-after", "1");
  if (family === "prometheus") {
    all.set("content-type", "application/json");
    const body = { status: "error", errorType: prometheusType(failure, status), error: failure.message };
    return new Response(JSON.stringify(body), { status, headers: all });
  }
  if (family === "alertmanager") {
    all.set("content-type", "application/json");
    return new Response(JSON.stringify(failure.message), { status, headers: all });
  }
  if (family === "influx") {
    all.set("content-type", "application/json");
    const body = { code: INFLUX_CODES[status] ?? "invalid", message: failure.message };
    return new Response(JSON.stringify(body), { status, headers: all });
  }
  if (family === "otlp-protobuf" || family === "otlp-json") {
    const encoding = family === "otlp-json" ? "json" : "protobuf";
    all.set("content-type", OTLP_MEDIA_TYPES[encoding]);
    return new Response(encodeStatus(encoding, status, failure.message), { status, headers: all });
  }
  all.set("content-type", "application/problem+json");
  const problem: Problem = {
    type: `urn:sightline:problem:${failure.code}`,
    title: titleOf(status),
    status,
    code: failure.code,
    detail: failure.message,
  };
  return new Response(JSON.stringify(problem), { status, headers: all });
}
