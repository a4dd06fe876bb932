/** YAML's `*alias` and `<<: *map` put in their places, so that readers of a document meet neither. */
import { type Alias, type Document, type Node, type Pair, type YAMLMap, isAlias, isMap, isNode, isScalar, isSeq, visit } from "yaml";
import { Fault } from "./yaml-node-fault.ts";

/** Lists and maps within each other, and their fields: deeper than any file that people write. Aliases of aliases add to it. */
const MAX_DEPTH = 200;
/** What aliases may add to a file, in nodes: ten aliases in each of ten lists ask for ten thousand million. */
const MAX_ADDED = 100_000;

/** Nodes are shared, not copied: a fault within one names the place where it is written. Throws a Fault at a key that is a list or a map, at what is no map to take fields from, and at the alias that stands for nothing, for itself, or for too much. */
export function resolveAliases(document: Document): void {
  let left = MAX_ADDED;
  visit(document, { Node: () => void left++ });
  const meanings = meaningsOf(document);
  const count = (node: Node): void => {
    if (left-- <= 0)
      throw new Fault(`aliases make the file more than ${MAX_ADDED} nodes larger; write out what they stand for, or less of it.`, node);
  };
  visit(document, {
    Alias: (_, alias, path) => {
      count(alias);
      const node = meant(alias, meanings);
      if (path.includes(node)) throw new Fault(`the anchor ${JSON.stringify(alias.source)} contains itself.`, alias);
      return node;
    },
    Scalar: (_, node) => count(node),
    Collection: (place, node, path) => {
      count(node);
      if (place === "key") throw new Fault("the key of a field is a list or a map: give it a name.", node);
      if (path.length > MAX_DEPTH) throw new Fault(`lists and maps are more than ${MAX_DEPTH / 2} deep.`, node);
      if (isMap(node)) merge(node, meanings, count);
    },
  });
}

/** The last node of its name that begins before the alias; `Alias.resolve` goes through the whole document for each. */
function meaningsOf(document: Document): ReadonlyMap<Alias, Node | undefined> {
  const anchored = new Map<string, Node>();
  const meanings = new Map<Alias, Node | undefined>();
  visit(document, {
    Node: (_, node) => {
      if (isAlias(node)) meanings.set(node, anchored.get(node.source));
      else if (node.anchor !== undefined) anchored.set(node.anchor, node);
    },
  });
  return meanings;
}

function meant(alias: Alias, meanings: ReadonlyMap<Alias, Node | undefined>): Node {
  const node = meanings.get(alias);
  if (node === undefined) throw new Fault(`unknown anchor ${JSON.stringify(alias.source)} referenced.`, alias);
  return node;
}

/** Fields that the map has itself win over those it takes. */
function merge(map: YAMLMap, meanings: ReadonlyMap<Alias, Node | undefined>, count: (node: Node) => void): void {
  const merges = map.items.filter(({ key }) => isScalar(key) && key.value === "<<");
  if (merges.length === 0) return;
  const taken: Pair[] = [];
  for (const { value } of merges) {
    const whole = isAlias(value) ? meant(value, meanings) : value;
    for (const one of isSeq(whole) ? whole.items : [whole]) {
      const source = isAlias(one) ? meant(one, meanings) : one;
      if (!isMap(source)) throw new Fault("`<<` takes the fields of a map, or of a list of maps.", isNode(one) ? one : map);
      for (const pair of source.items) {
        count(map);
        taken.push(pair);
      }
    }
  }
  map.items = map.items.filter((pair) => !merges.includes(pair));
  const keys = new Set(map.items.map(keyOf));
  for (const pair of taken) {
    const key = keyOf(pair);
    if (key !== undefined && keys.has(key)) continue;
    keys.add(key);
    map.items.push(pair);
  }
}

/** Undefined for a key that is no scalar: such keys are never the same. */
const keyOf = ({ key }: Pair): unknown => (isScalar(key) ? key.value : undefined);
