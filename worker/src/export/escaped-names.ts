import { type Labels, METRIC_NAME, putLabel } from "@sightline/shared/model/labels";

const PLAIN = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Every character that old readers have no name with is one `_`, as in Prometheus's escaping scheme `underscores`. */
const inLabel = (name: string): string => (PLAIN.test(name) ? name : name.replace(/^\d|[^a-zA-Z0-9_]/gu, "_"));
const inMetric = (name: string): string => (PLAIN.test(name) ? name : name.replace(/^\d|[^a-zA-Z0-9_:]/gu, "_"));

/** Labels for readers that know no other names than those of letters, digits and _. */
export function escapedNames(labels: Labels): Labels {
  const escaped: Record<string, string> = {};
  for (const [name, value] of Object.entries(labels)) {
    if (name === METRIC_NAME) escaped[name] = inMetric(value);
    else putLabel(escaped, inLabel(name), value);
  }
  return escaped;
}
