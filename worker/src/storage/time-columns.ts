import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import { encodePacked } from "@sightline/shared/encoding/packed-column";

/** The distinct columns of times of one row, found again by their content. */
export class TimeColumns {
  readonly #body = new ByteWriter(1024);
  readonly #columns: Float64Array[] = [];
  readonly #sizes: number[] = [];
  readonly #byHash = new Map<number, number[]>();
  #last = -1;

  get bytes(): number {
    return this.#body.length + this.#columns.length * 4;
  }

  /** The column's number, new or known. */
  share(times: Float64Array): number {
    if (this.#last >= 0 && same(times, this.#columns[this.#last] as Float64Array)) return this.#last;
    const hash = hashOf(times);
    const known = this.#byHash.get(hash);
    const found = known?.find((id) => same(times, this.#columns[id] as Float64Array));
    if (found !== undefined) return (this.#last = found);
    const id = this.#columns.length;
    if (known === undefined) this.#byHash.set(hash, [id]);
    else known.push(id);
    const before = this.#body.length;
    encodePacked(this.#body, times, times.length);
    this.#columns.push(times.slice());
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

function same(a: Float64Array, b: Float64Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = a.length - 1; i >= 0; i--) if (a[i] !== b[i]) return false;
  return true;
}

/** FNV-1a over the halves. */
function hashOf(times: Float64Array): number {
  let hash = 0x811c9dc5 ^ times.length;
  for (let i = 0; i < times.length; i++) {
    const t = times[i] as number;
    hash = Math.imul(hash ^ (t >>> 0), 0x01000193);
  }
  return hash | 0;
}
