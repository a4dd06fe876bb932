/** What a JSON document looks like, without what it says: for holding two servers' answers against each other. */
export type Shape =
  | string
  | { readonly list: Shape | null }
  | { readonly object: Readonly<Record<string, Shape>> }
  | { readonly map: Shape | null };

/** Objects under these keys, or at this depth of a list of label sets, have names of their own choosing. */
const MAPS = new Set(["metric", "labels", "annotations", "discoveredLabels", "seriesLabels", "target"]);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** `map`: the document's own object (its `data`) has free keys too. */
export function shapeOf(value: unknown, isMap = false): Shape {
  if (Array.isArray(value)) return { list: value.length === 0 ? null : value.map((one) => shapeOf(one, isMap)).reduce(united) };
  if (!isObject(value)) return value === null ? "null" : typeof value;
  const entries = Object.entries(value);
  if (isMap) return { map: entries.length === 0 ? null : entries.map(([, one]) => shapeOf(one)).reduce(united) };
  return { object: Object.fromEntries(entries.map(([key, one]) => [key, shapeOf(one, MAPS.has(key))])) };
}

/** A list's elements may differ in optional keys: all that any of them has. */
function united(a: Shape, b: Shape): Shape {
  if (typeof a === "object" && typeof b === "object" && "object" in a && "object" in b) return { object: { ...a.object, ...b.object } };
  return a;
}

/** Where `ours` lacks something that `theirs` has, or has it in another form. What we have beyond theirs is no fault. */
export function lacking(theirs: Shape, ours: Shape, path = "$"): string[] {
  if (typeof theirs === "string" || typeof ours === "string")
    return theirs === ours ? [] : [`${path}: ${show(ours)} where ${show(theirs)} is due`];
  if ("list" in theirs && "list" in ours)
    return theirs.list === null || ours.list === null ? [] : lacking(theirs.list, ours.list, `${path}[]`);
  if ("map" in theirs && "map" in ours) return theirs.map === null || ours.map === null ? [] : lacking(theirs.map, ours.map, `${path}.*`);
  if (!("object" in theirs) || !("object" in ours)) return [`${path}: ${show(ours)} where ${show(theirs)} is due`];
  return Object.entries(theirs.object).flatMap(([key, shape]) => {
    const own = ours.object[key];
    return own === undefined ? [`${path}.${key} is missing`] : lacking(shape, own, `${path}.${key}`);
  });
}

const show = (shape: Shape): string => (typeof shape === "string" ? shape : "list" in shape ? "a list" : "an object");
