/** Errors are values inside the core: a stable code, and a sentence that says what happened, what was kept, what to do. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  /** Ms after which trying again makes sense, for overload. */
  readonly retryAfterMs?: number;
}

export type Result<T, F extends Failure = Failure> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: F };

export const ok = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value });
export const fail = (code: string, message: string, retryAfterMs?: number): { readonly ok: false; readonly error: Failure } => ({
  ok: false,
  error: retryAfterMs === undefined ? { code, message } : { code, message, retryAfterMs },
});
