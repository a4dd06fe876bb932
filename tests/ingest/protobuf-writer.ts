/** Just enough of the protobuf wire format to write what senders write. */
export type Field = readonly [field: number, wireType: 0 | 1 | 2, payload: Uint8Array];

export function varint(value: bigint | number): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest === 0n ? low : low | 0x80);
  } while (rest !== 0n);
  return Uint8Array.from(bytes);
}

export const zigzag = (value: number): Uint8Array => varint(value >= 0 ? value * 2 : -value * 2 - 1);

export function double(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  return bytes;
}

export const concat = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));

export function message(...fields: readonly Field[]): Uint8Array {
  return concat(
    ...fields.flatMap(([field, wireType, payload]) => [
      varint(field * 8 + wireType),
      ...(wireType === 2 ? [varint(payload.length)] : []),
      payload,
    ]),
  );
}

export const text = (field: number, value: string): Field => [field, 2, new TextEncoder().encode(value)];
