import type { Exemplar, SeriesExemplars } from "@sightline/shared/model/exemplar";
import type { Labels } from "@sightline/shared/model/labels";
import type { SeriesSamples } from "@sightline/shared/model/sample";
import type { ProtobufReader } from "./protobuf-reader.ts";

/** An exemplar's own labels, from one field of them: a message in 1.0, references to symbols in 2.0. */
export type ReadExemplarLabels = (reader: ProtobufReader, labels: Record<string, string>) => void;

/** `prometheus.Exemplar` and `io.prometheus.write.v2.Exemplar`: labels = 1, value = 2, timestamp = 3 in ms. */
export function readExemplar(reader: ProtobufReader, readLabels: ReadExemplarLabels): Exemplar {
  const labels: Record<string, string> = {};
  let value = 0;
  let t = 0;
  while (reader.next()) {
    if (reader.field === 1) readLabels(reader, labels);
    else if (reader.field === 2) value = reader.expect(1).double();
    else if (reader.field === 3) t = reader.expect(0).int();
    else reader.skip();
  }
  return { labels, value, t };
}

/** The exemplars of a series; one without a time (2.0 allows it) is as old as the series' last sample in the request. */
export function seriesExemplars(labels: Labels, read: readonly Exemplar[], { timestamps }: SeriesSamples): SeriesExemplars {
  const last = timestamps.at(-1) ?? 0;
  return { labels, exemplars: read.map((one) => (one.t === 0 ? { ...one, t: last } : one)) };
}
