import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import { type ColumnEncoder, encodePacked } from "@sightline/shared/encoding/packed-column";

/** The distinct columns of times of one row, found again by their content. */
export class TimeColumns {
  readonly #encode: ColumnEncoder;
  readonly #body = new ByteWriter(1024);
  readonly #columns: Float64Array[] = [];
  readonly #sizes: number[] = [];
  readonly #byHash = new Map<number, number[]>();
  #last = -1;

  constructor(encode: ColumnEncoder) {
    this.#encode = encode;
  }

  get bytes(): number {
    return this.#body.length + this.#columns.length * 4;
  }

  /** The number, new or known, of the column `times[from … to)`. */
  share(times: Float64Array, from: number, to: number): number {
    if (this.#last >= 0 && same(times, from, to, this.#columns[this.#last] as Float64Array)) return this.#last;
    const hash = hashOf(times, from, to);
    const known = this.#byHash.get(hash);
    const found = known?.find((id) => same(times, from, to, this.#columns[id] as Float64Array));
    if (found !== undefined) return (this.#last = found);
    const id = this.#columns.length;
    if (known === undefined) this.#byHash.set(hash, [id]);
    else known.push(id);
    const before = this.#body.length;
    this.#encode(this.#body, times, from, to);
    this.#columns.push(times.slice(from, to));
    this.#sizes.push(this.#body.length - before);
    return (this.#last = id);
  }

  /** Number of columns varint · their lengths · their bytes. */
  write(writer: ByteWriter): void {
    const counts = Float64Array.from(this.#columns, (column) => column.length);
    writer.varint(counts.length);
    encodePacked(writer, counts, counts.length);
    encodePacked(writer, Float64Array.from(this.#sizes), counts.length);
  }

  body(): Uint8Array {
    return this.#body.view();
  }
}

function same(times: Float64Array, from: number, to: number, column: Float64Array): boolean {
  const { length } = column;
  if (to - from !== length) return false;
  for (let i = length - 1; i >= 0; i--) if (times[from + i] !== column[i]) return false;
  return true;
}

/** FNV-1a over the halves. */
function hashOf(times: Float64Array, from: number, to: number): number {
  let hash = 0x811c9dc5 ^ (to - from);
  for (let i = from; i < to; i++) {
    const t = times[i] as number;
    hash = Math.imul(hash ^ (t >>> 0), 0x01000193);
  }
  return hash | 0;
}
