type Column = Float64Array | Int32Array | Uint32Array | Uint8Array;

/** The column itself when it holds `length`, or a copy with a quarter more room than that: what is unused stays a small share. */
export function grown<C extends Column>(column: C, length: number): C {
  if (length <= column.length) return column;
  const larger = new (column.constructor as new (length: number) => C)(Math.ceil(length * 1.25) + 64);
  larger.set(column);
  return larger;
}
