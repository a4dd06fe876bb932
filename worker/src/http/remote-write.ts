import type { Result } from "@sightline/shared/model/result";
import { ok } from "@sightline/shared/model/result";
import type { Env } from "../env.ts";
import { decodeRemoteWrite1, decodeRemoteWrite2 } from "../ingest/remote-write.ts";
import { announcesTooMuch, decompressSnappy } from "../ingest/snappy.ts";
import { giveBack } from "../objects/give-back.ts";
import type { RemoteWriteOutcome } from "../objects/append-outcome.ts";
import type { SenderContext } from "../objects/rpc.ts";
import { shardStub } from "../objects/stubs.ts";
import { splitOf } from "../project/shard-owners.ts";
import { appendSamples } from "./append-samples.ts";
import { MAX_UNPACKED_BYTES, readCapped } from "./body.ts";
import { type App, declareRoute } from "./declare-route.ts";
import { ownBuffer } from "./frames.ts";
import type { HotCall, HotRoute } from "./hot-route.ts";
import { HttpFailure, unwrap } from "./http-failure.ts";
import { count } from "./isolate-metrics.ts";
import { senderContext } from "./sender-context.ts";
import { writeToOwner } from "./shards.ts";

type Version = 1 | 2;

const NOTHING_WRITTEN: RemoteWriteOutcome = { accepted: 0, rejected: [], written: { samples: 0, histograms: 0, exemplars: 0 } };

const PROTOBUF = "application/x-protobuf";
const MESSAGES: Readonly<Record<string, Version>> = { "prometheus.writerequest": 1, "io.prometheus.write.v2.request": 2 };

/** The version that Content-Type asks for: 1.0 without `proto=`, else the message it names; others are 415, as the specification says. */
function versionOf(request: Request): Version {
  const type = request.headers.get("content-type") ?? PROTOBUF;
  if (type === PROTOBUF) return 1;
  const [mediaType = "", ...parameters] = type.split(";").map((part) => part.trim());
  if (mediaType.toLowerCase() !== PROTOBUF) {
    throw new HttpFailure("unsupported_media_type", `Content-Type ${mediaType} is not remote write; send application/x-protobuf.`);
  }
  const proto = parameters
    .find((parameter) => parameter.toLowerCase().startsWith("proto="))
    ?.slice("proto=".length)
    .replaceAll('"', "");
  const version = MESSAGES[(proto ?? "prometheus.WriteRequest").toLowerCase()];
  if (version === undefined) {
    throw new HttpFailure(
      "unsupported_media_type",
      `proto=${proto ?? ""} is not known; there are prometheus.WriteRequest and io.prometheus.write.v2.Request.`,
    );
  }
  return version;
}

/** The body goes to its shard as it came; only that of a divided sender is decoded here, to go to the shards of its series. */
function append(env: Env, context: SenderContext, body: Uint8Array, version: Version): Promise<Result<RemoteWriteOutcome>> {
  return writeToOwner(env, context, async (shard, context, map) => {
    const among = splitOf(map, context.sender);
    return among === undefined
      ? shard.appendRemoteWrite(context, ownBuffer(body), version)
      : appendDivided(env, context, body, version, among);
  });
}

async function toldToAll(
  env: Env,
  context: SenderContext,
  body: Uint8Array,
  among: readonly string[],
): Promise<Result<RemoteWriteOutcome>> {
  const answers = await Promise.all(among.map((name) => shardStub(env, name).appendRemoteWrite(context, body.slice().buffer, 1)));
  return answers.find((answer) => !answer.ok) ?? ok(NOTHING_WRITTEN);
}

async function appendDivided(
  env: Env,
  context: SenderContext,
  body: Uint8Array,
  version: Version,
  among: readonly string[],
): Promise<Result<RemoteWriteOutcome>> {
  const unpacked = decompressSnappy(body, MAX_UNPACKED_BYTES);
  if (!unpacked.ok) return unpacked;
  const decoded = version === 1 ? decodeRemoteWrite1(unpacked.value) : decodeRemoteWrite2(unpacked.value);
  if (!decoded.ok) return decoded;
  const { batch, samples, histograms, families, refused } = decoded.value;
  const { first } = refused;
  // Prometheus sends metadata by themselves; which shards have a family's series is theirs to say.
  if (families.size > 0 && samples + histograms + refused.count === 0) return toldToAll(env, context, body, among);
  const outcome = await appendSamples(env, context, batch, undefined, first === null ? {} : { [first.code]: refused.count });
  if (!outcome.ok) return outcome;
  const { accepted, rejected, histograms: keptHistograms = 0 } = outcome.value;
  return ok({
    ...outcome.value,
    rejected: first === null ? rejected : [...rejected, { index: 0, code: first.code, message: first.message }],
    written: {
      samples: accepted - keptHistograms,
      histograms: keptHistograms,
      exemplars: outcome.value.exemplars ?? 0,
    },
  });
}

/** 204 once durable; samples that can never be kept are 400 and the rest of the request is kept. */
async function takeRemoteWrite({ env, principal, request, headers: securing }: HotCall): Promise<Response> {
  const version = versionOf(request);
  const encoding = request.headers.get("content-encoding") ?? "snappy";
  if (encoding.toLowerCase() !== "snappy")
    throw new HttpFailure("unsupported_encoding", `Content-Encoding ${encoding} is not remote write; send snappy (block format).`);
  const context = senderContext(principal, request);
  const body = await readCapped(request);
  const large = announcesTooMuch(body, MAX_UNPACKED_BYTES);
  // Here and not in the shard, which may be too busy to look.
  if (large !== null) throw new HttpFailure(large.code, large.message);
  const answer = await append(env, context, body, version);
  if (body.buffer instanceof ArrayBuffer) giveBack(body.buffer);
  const { accepted, rejected, written } = unwrap(answer);
  count("sightline_ingested_samples_total", 'format="remote_write"', accepted);
  const headers = {
    "X-Prometheus-Remote-Write-Samples-Written": String(written.samples),
    "X-Prometheus-Remote-Write-Histograms-Written": String(written.histograms),
    "X-Prometheus-Remote-Write-Exemplars-Written": String(written.exemplars),
  };
  const [first] = rejected;
  if (first === undefined) return new Response(null, { status: 204, headers: { ...securing, ...headers } });
  throw new HttpFailure("bad_data", `${accepted} samples were kept, not all: ${first.message}`, { headers });
}

export const HOT_WRITE: HotRoute = {
  path: "/api/v1/write",
  methods: ["POST"],
  entrance: { role: "ingest", isWrite: true },
  takesParameters: false,
  answer: takeRemoteWrite,
};

/** Prometheus remote write 1.0 and 2.0; requests without anything unusual about them take `hot-routes.ts`. */
export function remoteWriteRoutes(app: App): void {
  declareRoute(
    app,
    {
      method: "post",
      path: HOT_WRITE.path,
      role: HOT_WRITE.entrance.role,
      summary: "Prometheus remote write 1.0 and 2.0",
      rawBody: {
        mediaType: "application/x-protobuf",
        description: "Snappy-compressed prometheus.WriteRequest or io.prometheus.write.v2.Request",
      },
      answers: { status: 204, description: "Durable" },
    },
    ({ c, principal }) => takeRemoteWrite({ env: c.env, principal, request: c.req.raw, headers: {} }),
  );
}
