import { SECRET_SHOWN } from "./receiver.ts";

/** A mapping as YAML gave it. */
export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);

export const textOf = (value: unknown): string | undefined =>
  typeof value === "number" ? String(value) : typeof value === "string" && value !== "" ? value : undefined;

/** Without the fields that are not said. */
export function said<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  // What is undefined is left out, so the others have the type without it.
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

/** Reads the fields of a mapping and remembers those nobody asked for. */
export class FieldReader {
  readonly #fields: Fields;
  readonly #prefix: string;
  readonly #read: Set<string>;
  readonly #within: FieldReader[] = [];
  readonly #files: string[] = [];

  constructor(fields: Fields, prefix = "", read: readonly string[] = []) {
    this.#fields = fields;
    this.#prefix = prefix;
    this.#read = new Set(read);
  }

  text(name: string): string | undefined {
    this.#read.add(name);
    return textOf(this.#fields[name]);
  }

  /**
   * A secret, which may be said to lie in a file on Alertmanager's machine (`NAME_file`). That is not read: the secret
   * that there already is in its place is meant.
   */
  secret(name: string): string | undefined {
    const text = this.text(name);
    const file = `${name}_file`;
    if (text !== undefined || textOf(this.#fields[file]) === undefined) return text;
    this.#read.add(file);
    this.#files.push(this.#prefix + file);
    return SECRET_SHOWN;
  }

  number(name: string): number | undefined {
    this.#read.add(name);
    const value = this.#fields[name];
    return typeof value === "number" ? value : undefined;
  }

  flag(name: string): boolean | undefined {
    this.#read.add(name);
    const value = this.#fields[name];
    return typeof value === "boolean" ? value : undefined;
  }

  /** A mapping inside this one; what nobody asks of it counts as unread, too. */
  within(name: string): FieldReader {
    this.#read.add(name);
    const value = this.#fields[name];
    const inner = new FieldReader(isFields(value) ? value : {}, `${this.#prefix}${name}.`);
    this.#within.push(inner);
    return inner;
  }

  /** A field that changes nothing while it says this. */
  asUsual(name: string, value: unknown): void {
    if (this.#fields[name] === value) this.#read.add(name);
  }

  get unread(): readonly string[] {
    const own = Object.keys(this.#fields).filter((name) => !this.#read.has(name));
    return [...own.map((name) => this.#prefix + name), ...this.#within.flatMap(({ unread }) => unread)];
  }

  /** Secrets of which only a file is named. */
  get files(): readonly string[] {
    return [...this.#files, ...this.#within.flatMap(({ files }) => files)];
  }
}
