/** YAML's `*alias` and `<<: *map` put in their places, so that readers of a document meet neither. */
import { type Document, type Pair, type YAMLMap, isAlias, isMap, isScalar, isSeq, visit } from "yaml";

/** Deeper than any file that people write; an alias that contains itself ends here. */
const MAX_DEPTH = 50;

/** Nodes are shared, not copied: a fault within one names the place where it is written. */
export function resolveAliases(document: Document): void {
  visit(document, {
    Alias: (_, node) => node.resolve(document),
    Map: (_, node, path) => {
      if (path.length > MAX_DEPTH) return visit.SKIP;
      merge(node, document);
      return undefined;
    },
  });
}

/** Fields that the map has itself win over those it takes. */
function merge(map: YAMLMap, document: Document): void {
  const merges = map.items.filter(({ key }) => isScalar(key) && key.value === "<<");
  if (merges.length === 0) return;
  const taken: Pair[] = [];
  for (const { value } of merges) {
    const whole = isAlias(value) ? value.resolve(document) : value;
    for (const one of isSeq(whole) ? whole.items : [whole]) {
      const source = isAlias(one) ? one.resolve(document) : one;
      if (isMap(source)) taken.push(...source.items);
    }
  }
  map.items = map.items.filter((pair) => !merges.includes(pair));
  const has = (pair: Pair): boolean => map.items.some(({ key }) => isScalar(key) && isScalar(pair.key) && key.value === pair.key.value);
  for (const pair of taken) if (!has(pair)) map.items.push(pair);
}
