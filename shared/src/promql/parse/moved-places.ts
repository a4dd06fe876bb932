import type { Span } from "../ast.ts";

/** A tree with all of its places further on; of what was placed before only its own. */
export function moved<T>(value: T, by: number, placed: ReadonlySet<unknown>): T {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((one: unknown) => moved(one, by, placed)) as T;
  const shallow = placed.has(value);
  const copy = { ...value } as Record<string, unknown>;
  for (const key in copy) {
    const one = copy[key];
    if (typeof one !== "object" || one === null) continue;
    if (isSpan(one)) copy[key] = { from: one.from + by, to: one.to + by };
    else if (!shallow) copy[key] = moved(one, by, placed);
  }
  return copy as T;
}

/** No node of a tree has the two. */
const isSpan = (value: object): value is Span => "from" in value && "to" in value;
