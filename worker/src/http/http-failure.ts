import type { Failure, Result } from "@sightline/shared/model/result";

/** A failure on its way to the one place that writes error bodies. Thrown inside `http` only; the cores return theirs. */
export class HttpFailure extends Error {
  readonly failure: Failure;
  /** Headers the refusal needs, e.g. `allow` of 405. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: string,
    message: string,
    options: { readonly retryAfterMs?: number; readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message);
    this.name = "HttpFailure";
    this.failure = options.retryAfterMs === undefined ? { code, message } : { code, message, retryAfterMs: options.retryAfterMs };
    this.headers = options.headers ?? {};
  }
}

/** The value of a core's answer, or its failure thrown. */
export function unwrap<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  const { code, message, retryAfterMs } = result.error;
  throw new HttpFailure(code, message, retryAfterMs === undefined ? {} : { retryAfterMs });
}
