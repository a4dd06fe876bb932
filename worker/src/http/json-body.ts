import { HttpFailure } from "./http-failure.ts";
import { findJsonFault } from "./json-fault.ts";

/** Bare words that encoders write where JSON has no number to offer. */
const NOT_A_NUMBER = /^[+-]?(?:NaN|Inf(?:inity)?)\b/i;

/** Lists and objects, and members of objects, of one body: an empty list is two bytes of text and thirty times as much in memory. */
const MAX_NESTED = 2_000_000;
const MAX_MEMBERS = 4_000_000;

const COLON = 58;
const OPENING_BRACKET = 91;
const OPENING_BRACE = 123;

/** Throws `too_many_values` before anything is made of them. What stands inside texts is counted, too, which is never so much. */
function refuseCrowded(text: string): void {
  // Each takes a character at least.
  if (text.length <= MAX_NESTED) return;
  let nested = 0;
  let members = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === COLON) members++;
    else if (code === OPENING_BRACKET || code === OPENING_BRACE) nested++;
  }
  if (nested <= MAX_NESTED && members <= MAX_MEMBERS) return;
  throw new HttpFailure(
    "too_many_values",
    `The body holds more than ${MAX_NESTED} lists and objects, or more than ${MAX_MEMBERS} members of objects. Nothing was kept: send it in parts.`,
  );
}

/** Throws `too_many_values`, `malformed_json` with the position, or `not_a_number` naming the field where NaN or Infinity stands for a number. */
export function parseJson(text: string): unknown {
  refuseCrowded(text);
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    throw refusal(text);
  }
}

function refusal(text: string): HttpFailure {
  if (text.trim() === "") return new HttpFailure("malformed_json", "The body is empty where JSON is needed.");
  const fault = findJsonFault(text) ?? { offset: text.length, path: "" };
  const before = text.slice(0, fault.offset);
  const place = `line ${linesOf(before)}, column ${fault.offset - before.lastIndexOf("\n")}`;
  const word = NOT_A_NUMBER.exec(text.slice(fault.offset))?.[0];
  if (word !== undefined && fault.path !== "") {
    const where = `The field ${fault.path} says ${word} where a number is due (${place})`;
    return new HttpFailure(
      "not_a_number",
      `${where}; JSON has no ${word}. Nothing was kept: leave that sample out or send a finite number.`,
    );
  }
  const reason = fault.offset >= text.length ? `it ends at ${place} before it is complete` : `it stops making sense at ${place}`;
  return new HttpFailure("malformed_json", `The body is not JSON: ${reason}. Nothing was kept.`);
}

function linesOf(text: string): number {
  let lines = 1;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines++;
  return lines;
}
