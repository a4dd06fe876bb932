import type { Labels } from "@sightline/shared/model/labels";
import type { MetricMetadata } from "@sightline/shared/model/metric";
import { ProtobufReader } from "../ingest/protobuf-reader.ts";
import { NO_METADATA, metricTypeOf, readLabel } from "../ingest/remote-write.ts";

/** Field of a key that holds metadata: a message of type = 1, help = 2, unit = 3. */
export const METADATA_FIELD = 15;

/** Text of a label set's key: label fields of `prometheus.TimeSeries`, one after the other. Throws MalformedProtobuf. */
export function labelsOf(key: Uint8Array): Labels {
  const labels: Record<string, string> = {};
  const reader = new ProtobufReader(key);
  while (reader.next()) {
    if (reader.field === 1) readLabel(reader.message(), labels);
    else reader.skip();
  }
  return labels;
}

export function metadataOf(key: Uint8Array): MetricMetadata {
  let metadata = NO_METADATA;
  const reader = new ProtobufReader(key);
  while (reader.next()) {
    if (reader.field === METADATA_FIELD) metadata = readMetadata(reader.message());
    else reader.skip();
  }
  return metadata;
}

function readMetadata(reader: ProtobufReader): MetricMetadata {
  let { type, help, unit } = NO_METADATA;
  while (reader.next()) {
    if (reader.field === 1) type = metricTypeOf(reader.uint());
    else if (reader.field === 2) help = reader.string();
    else if (reader.field === 3) unit = reader.string();
    else reader.skip();
  }
  return { type, unit, help };
}
