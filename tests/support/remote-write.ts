import type { Stack } from "./stack.ts";

export interface WriteAnswer {
  readonly status: number;
  /** Seconds; null without the header. */
  readonly retryAfter: number | null;
  readonly body: string;
  readonly ms: number;
}

/** One remote-write 1.0 request; status 0 when there was no answer. */
export async function remoteWrite(stack: Pick<Stack, "request">, body: Uint8Array<ArrayBuffer>, sender = "fault"): Promise<WriteAnswer> {
  const started = performance.now();
  try {
    const response = await stack.request("/api/v1/write", {
      method: "POST",
      headers: { "content-type": "application/x-protobuf", "content-encoding": "snappy", "x-sightline-sender": sender },
      body,
    });
    const retryAfter = response.headers.get("retry-after");
    return {
      status: response.status,
      retryAfter: retryAfter === null ? null : Number(retryAfter),
      body: await response.text(),
      ms: performance.now() - started,
    };
  } catch (error) {
    return { status: 0, retryAfter: null, body: error instanceof Error ? error.message : String(error), ms: performance.now() - started };
  }
}
