/** What an editor underlines in a rule file, and what it completes in the expressions. */
import type { Diagnostic } from "./diagnostic.ts";
import { type CompletionItem, completeQuery } from "./complete.ts";
import { type Description, describeWord } from "./describe.ts";
import { diagnoseQuery } from "./diagnose.ts";
import type { PromqlMetadata } from "./metadata.ts";
import { type PlacedExpression, expressionPlaces, recordedNames, writtenInFile } from "./expression-places.ts";
import { type YamlReading, readYaml } from "../../format/read-yaml.ts";
import { readRules } from "../../rules/rule-file.ts";

/** Some two thousand rules: what a person edits, read while nobody waits. */
const MOST_LEXEMES = 150_000;

/** So many are told, about. */
const MOST_FOUND = 500;
/** Expressions looked at before others go first. */
const AT_ONCE = 50;

const readEdited = (yamlText: string): YamlReading => readYaml(yamlText, { mostLexemes: MOST_LEXEMES });

/** Everything `check rules` would refuse, and hints for the expressions; offsets in the file. `letOthersIn` is waited for now and then. */
export async function diagnoseRuleFile(
  yamlText: string,
  metadata: PromqlMetadata | null,
  letOthersIn: () => Promise<void> = () => Promise.resolve(),
): Promise<readonly Diagnostic[]> {
  const found: Diagnostic[] = [];
  const yaml = readEdited(yamlText);
  const options = { alsoKnown: recordedNames(yaml.documents) };
  for (const [i, place] of expressionPlaces(yamlText, yaml.documents).entries()) {
    if (i % AT_ONCE === AT_ONCE - 1) await letOthersIn();
    if (found.length >= MOST_FOUND) break;
    const inFile = (offset: number): number => fileOffset(place, offset);
    for (const hint of await diagnoseQuery(place.text, metadata, options)) {
      const fixes = hint.fixes.flatMap(({ title, edit }) => {
        const text = writtenInFile(edit.text, edit, place);
        return text === null ? [] : [{ title, edit: { text, from: inFile(edit.from), to: endInFile(place, edit.from, edit.to) } }];
      });
      found.push({ ...hint, from: inFile(hint.from), to: endInFile(place, hint.from, hint.to), fixes });
    }
  }
  for (const { code, message, from, to } of readRules(yaml, yamlText.length).faults.slice(0, MOST_FOUND)) {
    // The fault of an expression is told at its place, not on the whole of it.
    if (!found.some((other) => other.severity === "error" && other.from >= from && other.to <= to + 1))
      found.push({ from, to: Math.max(to, from + 1), severity: "error", code, message, fixes: [] });
  }
  return found.toSorted((a, b) => a.from - b.from || a.to - b.to);
}

const fileOffset = ({ offsets }: PlacedExpression, offset: number): number => offsets[Math.min(offset, offsets.length - 1)] ?? 0;

/** Just behind the last character: the next one may stand on another line. */
const endInFile = (place: PlacedExpression, from: number, to: number): number =>
  (to > from ? place.ends[to - 1] : undefined) ?? fileOffset(place, to);

/** The expression that a position of the file is in, and where in it. */
function expressionAt(yamlText: string, offset: number): { readonly place: PlacedExpression; readonly at: number } | null {
  for (const place of expressionPlaces(yamlText, readEdited(yamlText).documents)) {
    const start = place.offsets[0] ?? 0;
    const end = place.offsets.at(-1) ?? 0;
    if (offset < start || offset > end) continue;
    const at = place.offsets.findIndex((each) => each >= offset);
    return { place, at: at === -1 ? place.text.length : at };
  }
  return null;
}

export interface PlacedCompletions {
  readonly from: number;
  readonly to: number;
  readonly items: readonly CompletionItem[];
  readonly incomplete: boolean;
}

/** Null outside of expressions. */
export async function completeInRuleFile(
  yamlText: string,
  offset: number,
  metadata: PromqlMetadata | null,
): Promise<PlacedCompletions | null> {
  const found = expressionAt(yamlText, offset);
  if (found === null) return null;
  const completions = await completeQuery(found.place.text, found.at, metadata);
  const from = fileOffset(found.place, completions.from);
  const items = completions.items.flatMap((item) => {
    const insert = writtenInFile(item.insert ?? item.label, completions, found.place);
    return insert === null ? [] : [insert === item.label ? item : { ...item, insert }];
  });
  return {
    ...completions,
    items,
    from: Math.min(from, offset),
    to: Math.max(endInFile(found.place, completions.from, completions.to), offset),
  };
}

export async function describeInRuleFile(yamlText: string, offset: number, metadata: PromqlMetadata | null): Promise<Description | null> {
  const found = expressionAt(yamlText, offset);
  const word = found === null ? null : await describeWord(found.place.text, found.at, metadata);
  if (found === null || word === null) return null;
  return { ...word, from: fileOffset(found.place, word.from), to: endInFile(found.place, word.from, word.to) };
}
