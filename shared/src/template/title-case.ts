/**
 * Titles as golang.org/x/text/cases writes them for English, which Alertmanager's `title` is: the first letter of each word
 * large, all others small. Words are those of Unicode's annex 29 as that package approximates them: an apostrophe, a dot or a
 * colon between letters is within one, two of them are not. (Letters with an iota below become two where Go knows one.)
 */
import { TITLES } from "./go-case.ts";

const MID = "[.:'\\u00b7\\u0387\\u055f\\u05f4\\u2018\\u2019\\u2024\\u2027\\ufe13\\ufe52\\ufe55\\uff07\\uff0e\\uff1a]";
/** Scripts written without spaces: their letters are words, or end them. */
const SPACELESS = ["Hiragana", "Katakana", "Thai", "Lao", "Khmer", "Myanmar"].map((script) => `\\p{Script=${script}}`).join("");
const WITHIN = `(?![\\p{Ideographic}${SPACELESS}])[\\p{Alphabetic}\\p{Nd}]|[\\p{M}\\p{Pc}\\p{Cf}]`;
const WORD = new RegExp(`\\p{Cased}(?:${WITHIN}|${MID}(?!${MID}))*`, "gu");

function large(letter: string): string {
  // Georgian knows capitals in texts of capitals alone.
  if (/[\p{Lt}\u10d0-\u10ff]/u.test(letter)) return letter;
  const [first = "", ...others] = Array.from(TITLES[letter.toLowerCase()] ?? letter.toUpperCase());
  return first + others.join("").toLowerCase();
}

export const titleCase = (text: string): string =>
  text.replace(WORD, (word) => {
    const first = String.fromCodePoint(word.codePointAt(0) as number);
    // A sigma is final by what stands before it.
    return large(first) + word.toLowerCase().slice(first.toLowerCase().length);
  });
