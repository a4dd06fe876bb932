import { HttpFailure } from "./http-failure.ts";
import { findJsonFault } from "./json-fault.ts";

/** Bare words that encoders write where JSON has no number to offer. */
const NOT_A_NUMBER = /^[+-]?(?:NaN|Inf(?:inity)?)\b/i;

/** Throws `malformed_json` with the position, or `not_a_number` naming the field where NaN or Infinity stands for a number. */
export function parseJson(text: string): unknown {
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
  const place = `line ${before.split("\n").length}, column ${fault.offset - before.lastIndexOf("\n")}`;
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
