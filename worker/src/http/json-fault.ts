/** Where a text stops being JSON (RFC 8259), which engines tell only in words of their own. Runs on refused bodies alone. */
export interface JsonFault {
  /** UTF-16 offset of the first character that cannot be there; the length of the text when it ends too early. */
  readonly offset: number;
  /** The value it stands in, e.g. `metrics[0].value`; empty at the top. */
  readonly path: string;
}

/** Deeper than anything that is read, and than a refused text is followed. */
const MAX_DEPTH = 256;
const SCALAR = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y;
/** Of a name in a path; a name may be as long as the body. */
const MAX_NAME = 100;
const ESCAPED = '"\\/bfnrt';
const HEX = /[0-9a-fA-F]{4}/y;

const QUOTE = 34;
const BACKSLASH = 92;

/** A list or an object that is open, and the place in it. Said in words only where the fault is: a body of megabytes has millions. */
interface Open {
  readonly list: boolean;
  index: number;
  /** Where its newest name stands, quotes not counted. */
  nameFrom: number;
  nameEnd: number;
}

/** Null when the text is JSON after all. One pass, whatever the text. */
export function findJsonFault(text: string): JsonFault | null {
  const open: Open[] = [];
  let at = 0;

  const skipSpace = (): void => {
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
    }
  };
  const take = (character: string): boolean => {
    skipSpace();
    if (text[at] !== character) return false;
    at++;
    return true;
  };
  /** Past the string that begins here; false, and nowhere else, when none does. */
  const string = (): boolean => {
    const end = endOfString(text, at);
    if (end < 0) return false;
    at = end;
    return true;
  };
  const scalar = (): boolean => {
    if (text.charCodeAt(at) === QUOTE) return string();
    SCALAR.lastIndex = at;
    const found = SCALAR.exec(text)?.[0];
    at += found?.length ?? 0;
    return found !== undefined;
  };
  const name = (within: Open): boolean => {
    skipSpace();
    within.nameFrom = at + 1;
    const found = string();
    within.nameEnd = at - 1;
    return found && take(":");
  };
  const fault = (): JsonFault => ({ offset: at, path: open.map((one, depth) => step(text, one, depth)).join("") });
  /** Behind the name of an object whose name cannot be read: the fault is the object's. */
  const faultAround = (): JsonFault => {
    open.pop();
    return fault();
  };

  for (;;) {
    skipSpace();
    if (open.length > MAX_DEPTH) return fault();
    const list = text[at] === "[";
    if (list || text[at] === "{") {
      at++;
      if (!take(list ? "]" : "}")) {
        const within = { list, index: 0, nameFrom: 0, nameEnd: 0 };
        open.push(within);
        if (!list && !name(within)) return faultAround();
        continue;
      }
    } else if (!scalar()) return fault();
    // A value is over, and with it whatever ends behind it.
    for (;;) {
      const within = open.at(-1);
      if (within === undefined) {
        skipSpace();
        return at === text.length ? null : { offset: at, path: "" };
      }
      if (take(",")) {
        within.index++;
        if (!within.list && !name(within)) return faultAround();
        break;
      }
      if (!take(within.list ? "]" : "}")) return faultAround();
      open.pop();
    }
  }
}

function step(text: string, { list, index, nameFrom, nameEnd }: Open, depth: number): string {
  if (list) return `[${index}]`;
  return `${depth === 0 ? "" : "."}${text.slice(nameFrom, Math.min(nameEnd, nameFrom + MAX_NAME))}`;
}

/** One past the closing quote of the string that begins at `from`, -1 when none does. By hand: a pattern runs out of stack on megabytes. */
function endOfString(text: string, from: number): number {
  if (text.charCodeAt(from) !== QUOTE) return -1;
  for (let at = from + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    if (code < 32) return -1;
    if (code !== BACKSLASH) continue;
    at++;
    if (text[at] === "u") {
      HEX.lastIndex = at + 1;
      if (!HEX.test(text)) return -1;
      at += 4;
    } else if (!ESCAPED.includes(text[at] ?? " ")) return -1;
  }
  return -1;
}
