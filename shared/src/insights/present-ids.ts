import type { ToldInsight } from "../model/insight.ts";
import { readablePart } from "./capacity-insight.ts";

const withoutHash = (id: string): string => id.replace(/-[^-]*$/, "");

/**
 * What was told of resources, under the ids that these have now: ids may lack the hash that others have since, and a label may have changed.
 * `ids`: `capacityId` of all there are. A resource is the one told of when it alone is new under that name; an id without hash that may be of
 * several is forgotten, since what becomes of it cannot be said. `former`: present ids by those of before names had the thing in them.
 */
export function underPresentIds(
  before: readonly ToldInsight[],
  ids: readonly string[],
  former: ReadonlyMap<string, string> = new Map(),
): readonly ToldInsight[] {
  const present = new Set(ids);
  const told = before.map((one) => ({ ...one, insight: { ...one.insight, id: former.get(one.insight.id) ?? one.insight.id } }));
  const known = new Set(told.map(({ insight }) => insight.id));
  const untold = new Set(ids.filter((id) => !known.has(id)));
  return told.flatMap((one) => {
    const { id, kind, title } = one.insight;
    if (kind !== "capacity" || present.has(id)) return [one];
    const alike = [...untold].filter((other) => {
      const readable = withoutHash(other);
      return (id === readable || withoutHash(id) === readable) && readable.endsWith(readablePart(title));
    });
    const [only] = alike;
    if (only === undefined) return [one];
    if (alike.length > 1) return id === withoutHash(only) ? [] : [one];
    untold.delete(only);
    return [{ ...one, insight: { ...one.insight, id: only } }];
  });
}
