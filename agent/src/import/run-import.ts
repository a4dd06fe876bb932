import { createHash } from "node:crypto";
import type { BatchSeries } from "@sightline/shared/model/sample";
import { IMPORT_SENDER } from "@sightline/shared/protocol/import-sender";
import type { Address } from "../transport/websocket-link.ts";
import { FrameSender, type SenderPorts } from "./frame-sender.ts";
import { NUMBERING, frames } from "./frames.ts";
import type { ImportSource, Refuse } from "./import-source.ts";

/** Frames of one request. */
const REQUEST_FRAMES = 5;

export interface ImportOutcome {
  /** Samples sent now, refused ones included. */
  readonly sent: number;
  /** Samples of frames that the server had taken already, every one of them, in a run before. */
  readonly alreadyThere: number;
  /** By code; the message is the first one's. `parts`: chunks of unknown size beside the samples that were counted. */
  readonly refused: Readonly<Record<string, { readonly samples: number; readonly parts: number; readonly message: string }>>;
}

/** Why the server refuses samples, by the code of its ACK. */
const REASONS: Readonly<Record<string, string>> = {
  too_old:
    "older than the retention, or behind what their series already has, be it live or of a run before: an administrator's token may import those",
  too_new: "more than 10 min in the future",
  series_limit: "of series beyond those that the server holds",
};

const samplesOf = (series: readonly BatchSeries[]): number => series.reduce((sum, { timestamps }) => sum + timestamps.length, 0);

/** Sends one source. Throws ImportStopped and UnreadableSource; frames that were acknowledged until then stay. */
export async function importSource(
  source: ImportSource,
  address: Address,
  ports: SenderPorts,
  progress: (samples: number) => void,
): Promise<ImportOutcome> {
  const identity = (await source.identity()).slice(0, 32);
  // With another token other samples may be taken: everything is sent again.
  const token = createHash("sha256")
    .update(address.token ?? "")
    .digest("hex");
  const epoch = `${NUMBERING}-${identity}-${token.slice(0, 8)}`;
  const sender = new FrameSender(address, `${IMPORT_SENDER}${identity}`, epoch, ports);
  const refused: Record<string, { samples: number; parts: number; message: string }> = {};
  const refuse: Refuse = (code, samples, message) => {
    const known = (refused[code] ??= { samples: 0, parts: 0, message });
    if (samples === null) known.parts += 1;
    else known.samples += samples;
  };
  const durable = await sender.durable();
  let sequence = 0;
  let sent = 0;
  let alreadyThere = 0;
  let first = 0;
  let waiting: (readonly BatchSeries[])[] = [];
  const flush = async (): Promise<void> => {
    if (waiting.length === 0) return;
    await sender.send(first, waiting);
    for (const frame of waiting) sent += samplesOf(frame);
    waiting = [];
    progress(alreadyThere + sent);
  };
  for await (const frame of frames(source, refuse)) {
    sequence++;
    if (sequence <= durable) {
      alreadyThere += samplesOf(frame);
      continue;
    }
    if (waiting.length === 0) first = sequence;
    waiting.push(frame);
    if (waiting.length === REQUEST_FRAMES) await flush();
  }
  await flush();
  for (const [code, samples] of Object.entries(sender.rejected)) refuse(code, samples, REASONS[code] ?? "refused by the server");
  return { sent, alreadyThere, refused };
}
