import type { Stack } from "./stack.ts";

export interface InstantResult {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

export interface MatrixResult {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [number, string])[];
}

interface Answer<T> {
  readonly status: "success";
  readonly data: { readonly resultType: string; readonly result: readonly T[] };
}

/** Vector results of an instant query. */
export async function instant(stack: Stack, query: string, timeSeconds?: number): Promise<readonly InstantResult[]> {
  const time = timeSeconds === undefined ? "" : `&time=${timeSeconds}`;
  return (await stack.json<Answer<InstantResult>>(`/api/v1/query?query=${encodeURIComponent(query)}${time}`)).data.result;
}

/** Raw samples: an instant query of a range selector. */
export async function raw(stack: Stack, selector: string, timeSeconds?: number): Promise<readonly MatrixResult[]> {
  const time = timeSeconds === undefined ? "" : `&time=${timeSeconds}`;
  return (await stack.json<Answer<MatrixResult>>(`/api/v1/query?query=${encodeURIComponent(selector)}${time}`)).data.result;
}

export async function ingest(stack: Stack, metrics: readonly Record<string, unknown>[]): Promise<Response> {
  return await stack.request("/api/v1/ingest", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ metrics }),
  });
}
