import { parseFloatText } from "./go-number.ts";

/**
 * What templates compute with. A bigint is Go's int, a number float64, a Map a map (iterated by sorted key; a missing
 * key is the empty text, as `missingkey=zero` has it for maps of texts), any other object a struct whose functions are methods.
 */
export type GoValue = null | string | number | bigint | boolean | readonly GoValue[] | GoMap | GoStruct | GoFunction;
export type GoMap = ReadonlyMap<string, GoValue>;
export interface GoStruct {
  readonly [field: string]: GoValue | undefined;
}
export type GoFunction = (...values: GoValue[]) => GoValue;
export type GoFunctions = Readonly<Record<string, GoFunction>>;

const VARIADIC = new WeakSet<GoFunction>();

/** Functions that take as many values as they are given; all others take as many as they name, and no more. To mark one costs more than most calls: what many executions are given is made once. */
export function variadic(functions: GoFunctions): GoFunctions {
  for (const each of Object.values(functions)) VARIADIC.add(each);
  return functions;
}

export const isVariadic = (called: GoFunction): boolean => VARIADIC.has(called);

export const isList = (value: GoValue): value is readonly GoValue[] => Array.isArray(value);
export const isMap = (value: GoValue): value is GoMap => value instanceof Map;
export const isStruct = (value: GoValue): value is GoStruct =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Map);

/** The emptiness that `if`, `with`, `and`, `or` and `not` ask about. */
export function isTrue(value: GoValue): boolean {
  if (value === null || value === false || value === "" || value === 0 || value === 0n) return false;
  if (isList(value)) return value.length > 0;
  return isMap(value) ? value.size > 0 : true;
}

export function typeName(value: GoValue): string {
  if (value === null) return "<nil>";
  if (typeof value === "bigint") return "int";
  if (typeof value === "number") return "float64";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "string") return "string";
  if (typeof value === "function") return "func";
  if (isMap(value)) return [...value.values()].every((each) => typeof each === "string") ? "map[string]string" : "map[string]interface {}";
  return isList(value) ? "slice" : "struct";
}

const METHODS = new WeakMap<object, Readonly<Record<string, GoFunction>>>();

/** A map or a list of a named type: with methods, which come before keys of the same name. */
export function withMethods<T extends GoMap | readonly GoValue[]>(value: T, methods: Readonly<Record<string, GoFunction>>): T {
  METHODS.set(value, methods);
  return value;
}

/** How a map or a list of a named type prints itself; null when it does as others do. */
export function ownText(value: GoMap | readonly GoValue[]): string | null {
  const text = METHODS.get(value)?.["String"]?.();
  return typeof text === "string" ? text : null;
}

/** A text that HTML takes as it is (template.HTML). */
export const safeHtml = (html: string): GoStruct => ({ safeHtml: html, String: () => html });

export function safeHtmlOf(value: GoValue): string | null {
  const html = isStruct(value) ? value["safeHtml"] : undefined;
  return typeof html === "string" ? html : null;
}

/** What has no such field; other errors of a field are those of the method it names. */
export class NoField extends Error {}

/** `.name` of a value. Throws NoField. */
export function fieldOf(value: GoValue, name: string, values: readonly GoValue[]): GoValue {
  const methods = isMap(value) || isList(value) ? METHODS.get(value) : undefined;
  const method = methods !== undefined && Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (method !== undefined) return method(...values);
  if (isMap(value)) return value.get(name) ?? "";
  if (isStruct(value) && Object.hasOwn(value, name)) {
    const member = value[name];
    if (typeof member === "function") return member(...values);
    if (values.length > 0) throw new NoField(`${name} is not a method and takes no arguments`);
    return member ?? null;
  }
  if (value === null) throw new NoField(`nil pointer evaluating <nil>.${name}`);
  throw new NoField(`can't evaluate field ${name} in type ${typeName(value)}`);
}

/** A number out of a float64, an int or a text, as Prometheus's functions take them. */
export function numeric(value: GoValue): number {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "string") return parseFloatText(value);
  throw new Error(`can't convert ${typeName(value)} to float`);
}

export function textOf(value: GoValue | undefined, what: string): string {
  if (typeof value === "string") return value;
  throw new Error(`wrong type for ${what}; expected string; got ${typeName(value ?? null)}`);
}
