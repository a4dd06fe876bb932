import { HttpFailure } from "./http-failure.ts";

/** The fields of `a=1&b=2`, as URLSearchParams has them; what is escaped and not UTF-8, which that would read as U+FFFD, is refused. */
export class FormFields {
  readonly #names: string[] = [];
  readonly #values: string[] = [];

  /** Throws `malformed`. */
  static of(text: string): FormFields {
    const fields = new FormFields();
    for (const field of text.split("&")) {
      if (field === "") continue;
      const equals = field.indexOf("=");
      if (equals < 0) fields.add(unescaped(field), "");
      else fields.add(unescaped(field.slice(0, equals)), unescaped(field.slice(equals + 1)));
    }
    return fields;
  }

  add(name: string, value: string): void {
    this.#names.push(name);
    this.#values.push(value);
  }

  /** The first of the name; null without any. */
  get(name: string): string | null {
    return this.#values[this.#names.indexOf(name)] ?? null;
  }

  all(name: string): string[] {
    return this.#values.filter((_, at) => this.#names[at] === name);
  }
}

/** An object for each request and a pass over its text for each step of the standard cost more than to read it here. */
function unescaped(text: string): string {
  const spaced = text.includes("+") ? text.replaceAll("+", " ") : text;
  if (!spaced.includes("%")) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return asFarAsEscaped(spaced);
  }
}

const ESCAPED_BYTES = /(?:%[89a-f][\da-f])+/gi;

/** With what begins like an escape and is none left as it is. */
function asFarAsEscaped(text: string): string {
  for (const [escaped] of text.matchAll(ESCAPED_BYTES)) {
    try {
      decodeURIComponent(escaped);
    } catch {
      throw new HttpFailure("malformed", `The parameters hold ${escaped.slice(0, 80)}, which is not UTF-8.`);
    }
  }
  return new URLSearchParams(`text=${text}`).get("text") ?? "";
}
