import type { Span } from "../ast.ts";

/** A tree with all of its places further on; of what was placed before only its own. */
export function moved<T>(value: T, by: number, placed: ReadonlySet<unknown>): T {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((one: unknown) => moved(one, by, placed)) as T;
  const shallow = placed.has(value);
  const copy: Record<string, unknown> = {};
  for (const [key, one] of Object.entries(value))
    copy[key] = isSpan(one) ? { from: one.from + by, to: one.to + by } : shallow ? one : moved(one, by, placed);
  return copy as T;
}

const isSpan = (value: unknown): value is Span =>
  typeof value === "object" && value !== null && "from" in value && "to" in value && Object.keys(value).length === 2;
