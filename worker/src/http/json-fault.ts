/** Where a text stops being JSON (RFC 8259), which engines tell only in words of their own. Runs on refused bodies alone. */
export interface JsonFault {
  /** UTF-16 offset of the first character that cannot be there; the length of the text when it ends too early. */
  readonly offset: number;
  /** The value it stands in, e.g. `metrics[0].value`; empty at the top. */
  readonly path: string;
}

const MAX_DEPTH = 256;
const SPACE = /[ \t\n\r]*/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y;

/** Null when the text is JSON after all. */
export function findJsonFault(text: string): JsonFault | null {
  let at = 0;

  const match = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found === undefined) return null;
    at += found.length;
    return found;
  };
  const take = (character: string): boolean => {
    match(SPACE);
    if (text[at] !== character) return false;
    at++;
    return true;
  };

  const value = (path: string, depth: number): JsonFault | null => {
    match(SPACE);
    if (depth > MAX_DEPTH) return { offset: at, path };
    if (take("{")) {
      if (take("}")) return null;
      do {
        match(SPACE);
        const name = match(STRING);
        if (name === null || !take(":")) return { offset: at, path };
        const key = name.slice(1, -1);
        const fault = value(path === "" ? key : `${path}.${key}`, depth + 1);
        if (fault !== null) return fault;
      } while (take(","));
      return take("}") ? null : { offset: at, path };
    }
    if (take("[")) {
      if (take("]")) return null;
      let index = 0;
      do {
        const fault = value(`${path}[${index}]`, depth + 1);
        if (fault !== null) return fault;
        index++;
      } while (take(","));
      return take("]") ? null : { offset: at, path };
    }
    return match(STRING) === null && match(SCALAR) === null ? { offset: at, path } : null;
  };

  const fault = value("", 0);
  if (fault !== null) return fault;
  match(SPACE);
  return at === text.length ? null : { offset: at, path: "" };
}
