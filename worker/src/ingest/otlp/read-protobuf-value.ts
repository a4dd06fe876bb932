import type { BodyBudget } from "../body-budget.ts";
import { MalformedProtobuf, type ProtobufReader } from "../protobuf-reader.ts";
import { type AttributeValue, MAX_VALUE_DEPTH, attributeText } from "./attribute-text.ts";

/** `KeyValue`, its value as text. */
export function readAttribute(reader: ProtobufReader, budget: BodyBudget): readonly [key: string, value: string] {
  const [key, value] = readKeyValue(reader, 0, budget);
  return [key, attributeText(value)];
}

function readKeyValue(reader: ProtobufReader, depth: number, budget: BodyBudget): [string, AttributeValue] {
  budget.take("labels");
  let key = "";
  let value: AttributeValue = null;
  while (reader.next()) {
    if (reader.field === 1) key = reader.string();
    else if (reader.field === 2) value = readAnyValue(reader.message(), depth, budget);
    else reader.skip();
  }
  return [key, value];
}

/** `AnyValue`; the last alternative wins, as the wire format has it. */
function readAnyValue(reader: ProtobufReader, depth: number, budget: BodyBudget): AttributeValue {
  if (depth > MAX_VALUE_DEPTH) throw new MalformedProtobuf(`an attribute's value is nested deeper than ${MAX_VALUE_DEPTH}`);
  let value: AttributeValue = null;
  while (reader.next()) {
    if (reader.field === 1) value = reader.string();
    else if (reader.field === 2) value = reader.uint() !== 0;
    else if (reader.field === 3) value = reader.integer();
    else if (reader.field === 4) value = reader.double();
    else if (reader.field === 5) {
      const list: AttributeValue[] = [];
      const inner = reader.message();
      while (inner.next()) {
        if (inner.field === 1) {
          budget.take("labels");
          list.push(readAnyValue(inner.message(), depth + 1, budget));
        } else inner.skip();
      }
      value = list;
    } else if (reader.field === 6) {
      const pairs = new Map<string, AttributeValue>();
      const inner = reader.message();
      while (inner.next()) {
        if (inner.field === 1) pairs.set(...readKeyValue(inner.message(), depth + 1, budget));
        else inner.skip();
      }
      value = pairs;
    } else if (reader.field === 7) value = btoa(String.fromCharCode(...reader.bytes().subarray(0, 1024)));
    else reader.skip();
  }
  return value;
}
