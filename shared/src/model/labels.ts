/** A label set, `__name__` included. Keys and values are UTF-8; an empty value means the label is absent (Prometheus data model). */
export type Labels = Readonly<Record<string, string>>;

export const METRIC_NAME = "__name__";

/**
 * Sets a label whose name came from outside. `labels[name] = value` would lose a label named __proto__, and with it the
 * difference between two series: here it stays visible to `judgeLabels`, which refuses it.
 */
export function putLabel(labels: Record<string, string>, name: string, value: string): void {
  if (name === "__proto__") Object.defineProperty(labels, name, { value, enumerable: true, configurable: true, writable: true });
  else labels[name] = value;
}

/** Before the name of a label that stands twice; no label's name may begin so. */
const TWICE = "\0twice ";

/** `putLabel` for labels of one series as they come: the second of a name stays visible to `nameGivenTwice`, as neither is the right one. */
export function addLabel(labels: Record<string, string>, name: string, value: string): void {
  putLabel(labels, Object.hasOwn(labels, name) ? TWICE + name : name, value);
}

/** The name that came twice, if this is what `addLabel` made of it. */
export const nameGivenTwice = (label: string): string | null => (label.startsWith(TWICE) ? label.slice(TWICE.length) : null);

/**
 * The identity of a series: names sorted by code unit, each name and value with its length before it, so that no two
 * label sets share a key whatever characters they hold.
 */
export function seriesKey(labels: Labels): string {
  const names = sortedNames(labels);
  const parts: (string | number)[] = [];
  for (const name of names) {
    const value = labels[name];
    if (value !== undefined && value !== "") parts.push(name.length, ":", name, value.length, ":", value);
  }
  return parts.join("");
}

/** Most label sets are kept in order. */
function sortedNames(labels: Labels): readonly string[] {
  const names = Object.keys(labels);
  for (let i = 1; i < names.length; i++) if ((names[i - 1] as string) > (names[i] as string)) return names.sort();
  return names;
}

const PLAIN = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** A label's name as PromQL and Prometheus's text have it: in quotes unless it is of letters, digits and _ alone. */
export const labelWord = (name: string): string => (PLAIN.test(name) ? name : JSON.stringify(name));

const PLAIN_METRIC = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

/** Prometheus notation, `name{a="b"}`, names sorted and quoted where they must be, `{"http.requests", a="b"}`; for messages and tests. */
export function formatLabels(labels: Labels): string {
  const name = labels[METRIC_NAME] ?? "";
  const pairs = Object.keys(labels)
    .filter((label) => label !== METRIC_NAME)
    .sort()
    .map((label) => `${labelWord(label)}=${JSON.stringify(labels[label])}`);
  if (name !== "" && !PLAIN_METRIC.test(name)) return `{${[JSON.stringify(name), ...pairs].join(", ")}}`;
  return pairs.length === 0 && name !== "" ? name : `${name}{${pairs.join(", ")}}`;
}
