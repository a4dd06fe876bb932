/** Regular expressions that need no automaton: `a|b|c`, `(a|b):c`, `prefix.*`, `.*suffix`, `.*middle.*`, `.*` and `.+`, signs escaped as Grafana escapes them or not. */

const CHARACTER = String.raw`(?:[^\\^$.*+?()[\]{}|]|\\[!-/:-@[-${"`"}{-~])`;
const LIST = new RegExp(`^(?:${CHARACTER}|\\|)*$`);
const LIST_IN_TEXT = new RegExp(`^(${CHARACTER}*)\\((?:\\?:)?((?:${CHARACTER}|\\|)*)\\)(${CHARACTER}*)$`);
const WILD = new RegExp(`^(\\.[*+])?(${CHARACTER}+)(\\.[*+])?$`);

/** What an expression matches, where these are some texts that it names. */
export function namedTexts(expression: string): ReadonlySet<string> | null {
  if (LIST.test(expression)) return new Set(alternatives(expression));
  const around = LIST_IN_TEXT.exec(expression);
  if (around === null) return null;
  const [, before = "", list = "", after = ""] = around;
  return new Set(alternatives(list).map((text) => plain(before) + text + plain(after)));
}

/** Whether a text matches an expression of at most one text with anything before or behind it; null for others. */
export function wildcard(expression: string): ((text: string) => boolean) | null {
  if (expression === ".*") return () => true;
  if (expression === ".+") return (text) => text !== "";
  const wild = WILD.exec(expression);
  if (wild === null) return null;
  const [, before, escaped = "", after] = wild;
  const middle = plain(escaped);
  const min = (before === ".+" ? 1 : 0) + (after === ".+" ? 1 : 0);
  if (before !== undefined && after !== undefined) {
    return (text) => {
      const at = text.indexOf(middle, before === ".+" ? 1 : 0);
      return at !== -1 && (after !== ".+" || at + middle.length < text.length);
    };
  }
  if (before !== undefined) return (text) => text.endsWith(middle) && text.length >= middle.length + min;
  return (text) => text.startsWith(middle) && text.length >= middle.length + min;
}

const plain = (text: string): string => text.replace(/\\([^])/g, "$1");

/** The texts of `a|b|c`, whose signs may be escaped, a bar too. */
function alternatives(list: string): string[] {
  if (!list.includes("\\")) return list.split("|");
  const texts = [""];
  for (const [part] of list.matchAll(/\||(?:\\[^]|[^\\|])+/g)) {
    if (part === "|") texts.push("");
    else texts[texts.length - 1] = plain(part);
  }
  return texts;
}
