/** `AnyValue` in JavaScript's terms; bytes are their base64, integers beyond 2^53 a bigint: as numbers, ids that differ would become one. */
export type AttributeValue = null | string | number | bigint | boolean | readonly AttributeValue[] | ReadonlyMap<string, AttributeValue>;

export const MAX_VALUE_DEPTH = 16;

/** Text of an attribute: strings as they are, all else as JSON (OpenTelemetry specification, "Attribute", conversion to string). */
export function attributeText(value: AttributeValue): string {
  if (value === null) return "";
  return typeof value === "string" ? value : jsonText(value);
}

function jsonText(value: AttributeValue): string {
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  if (value === null || typeof value === "string" || typeof value === "boolean") return JSON.stringify(value);
  if (value instanceof Map) {
    const map: ReadonlyMap<string, AttributeValue> = value;
    return `{${[...map].map(([key, one]) => `${JSON.stringify(key)}:${jsonText(one)}`).join(",")}}`;
  }
  return `[${[...(value as readonly AttributeValue[])].map(jsonText).join(",")}]`;
}
