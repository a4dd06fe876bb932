import { expect, test } from "vitest";
import { SeriesIndex } from "../../worker/src/storage/series-index.ts";
import { WalRecordWriter } from "../../worker/src/storage/wal-record.ts";
import { GAUGE } from "./open-store.ts";

/** As a request brings them: so many series, each with a sample. */
function request(writer: WalRecordWriter, series: number, isNew: boolean): void {
  const refs = Int32Array.from({ length: series }, (_, i) => i);
  const index = new SeriesIndex();
  if (isNew)
    for (const ref of refs) {
      const labels = {
        __name__: "http_requests_total",
        instance: `10.0.0.${ref & 255}:9100`,
        handler: `/api/v1/items/${ref}`,
        env: "production",
      };
      index.add(labels, GAUGE, "cumulative");
      writer.series(index, ref, GAUGE);
    }
  writer.columns(refs, new Float64Array(series).fill(1_795_176_000_000), new Float64Array(series), series);
}

test("the memory that the definitions of many new series took is given up by the commits after theirs", () => {
  const writer = new WalRecordWriter(800_000);
  request(writer, 10_000, true);
  const first = writer.take().map((piece) => piece.slice());
  expect(writer.heldBytes).toBeGreaterThan(1_000_000);
  expect(first.reduce((sum, piece) => sum + piece.length, 0)).toBeGreaterThan(500_000);
  request(writer, 2000, false);
  const [piece] = writer.take();
  expect(writer.heldBytes).toBeLessThanOrEqual(262_144);
  // What was taken is whole although the writer has another buffer: it is written after this.
  const again = new WalRecordWriter(800_000);
  request(again, 2000, false);
  expect(piece).toEqual(again.take()[0]);
});
