import { readFileSync } from "node:fs";
import { type IncomingHttpHeaders, type ServerResponse, createServer } from "node:http";
import { Ajv2020 } from "ajv/dist/2020.js";

export interface VendorRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** As sent. */
  readonly text: string;
  readonly body: unknown;
  /** What the vendor's schema has against it; empty when nothing. */
  readonly faults: readonly string[];
  /** Ms since the epoch. */
  readonly at: number;
}

export interface VendorServer {
  readonly url: string;
  readonly requests: readonly VendorRequest[];
  /** The others answer what their vendor answers when all is well. */
  answerWith(answer: Answer): void;
  close(): Promise<void>;
}

/** Writes an answer, or misbehaves. */
export type Answer = (response: ServerResponse, request: VendorRequest) => void;

export const answering =
  (status: number, body: string, headers: Readonly<Record<string, string>> = {}): Answer =>
  (response) => {
    response.writeHead(status, headers);
    response.end(body);
  };

/** Takes the request and never answers. */
export const hanging: Answer = () => undefined;

/** Says that ten bytes follow, sends two, and closes the connection. */
export const breakingOff: Answer = (response) => {
  response.writeHead(200, { "content-length": "10" });
  response.write("ok");
  setImmediate(() => response.destroy());
};

const ajv = new Ajv2020({ allErrors: true, strict: false, validateFormats: false });

/** What a published schema has against a payload (tests/support/schemas; each names its source). */
function schemaFaults(schema: string, body: unknown): readonly string[] {
  const validate =
    ajv.getSchema(schema) ??
    ajv.addSchema(JSON.parse(readFileSync(new URL(`schemas/${schema}.json`, import.meta.url), "utf8")) as object, schema).getSchema(schema);
  if (validate === undefined) throw new Error(`there is no schema ${schema}`);
  return validate(body) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath || "/"} ${message ?? ""}`);
}

/** An HTTP server on loopback that answers as a vendor does and holds what it is sent against the vendor's schema. */
async function startVendor(schema: string | ((path: string) => string), usual: Answer): Promise<VendorServer> {
  const requests: VendorRequest[] = [];
  let answer = usual;
  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8");
    request.on("data", (chunk: string) => (text += chunk));
    request.on("end", () => {
      const path = request.url ?? "";
      const body: unknown = JSON.parse(text);
      const faults = schemaFaults(typeof schema === "string" ? schema : schema(path), body);
      const seen = { path, headers: request.headers, text, body, faults, at: Date.now() };
      requests.push(seen);
      answer(response, seen);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    answerWith: (next) => (answer = next),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** How each vendor says that all is well. */
export const VENDORS = {
  webhook: () => startVendor("alertmanager-webhook", answering(200, "")),
  slack: () => startVendor("slack-message", answering(200, "ok")),
  slackApi: () =>
    startVendor("slack-message", answering(200, '{"ok":true,"channel":"C1","ts":"1.2"}', { "content-type": "application/json" })),
  discord: () => startVendor("discord-webhook", answering(204, "")),
  teams: () => startVendor("teams-workflow", answering(202, "")),
  pagerduty: () => startVendor("pagerduty-event", answering(202, '{"status":"success","message":"Event processed","dedup_key":"k"}')),
  opsgenie: () =>
    startVendor(
      (path) => (/\/(?:close|acknowledge)\?/.test(path) ? "opsgenie-action" : "opsgenie-alert"),
      answering(202, '{"result":"Request will be processed","took":0.1,"requestId":"r"}'),
    ),
  resend: () => startVendor("resend-email", answering(200, '{"id":"49a3999c-0ce1-4ea6-ab68-afcd6dc2e794"}')),
} as const;
