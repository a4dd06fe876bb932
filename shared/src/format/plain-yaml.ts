import type { Document } from "yaml";
import { type Result, fail, ok } from "../model/result.ts";
import { faultInWords } from "./read-yaml.ts";
import { resolveAliases } from "./resolve-aliases.ts";
import { Fault, rangeOf } from "./yaml-node-fault.ts";

/**
 * A document as lists, records and scalars, in time that grows with its length: the library looks for the anchor of each alias through
 * the whole of it. Code `bad_yaml`, the message with its place in the text.
 */
export function plainYaml(document: Document, text: string): Result<unknown> {
  try {
    resolveAliases(document);
    return ok(document.toJS());
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault;
    const { from, to } = rangeOf(fault.node) ?? { from: 0, to: 0 };
    return fail("bad_yaml", faultInWords(text, { message: fault.message, from, to }));
  }
}
