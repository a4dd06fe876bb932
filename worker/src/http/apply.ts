import { z } from "@hono/zod-openapi";
import { readAlertmanagerFile } from "@sightline/shared/alerting/alertmanager-file";
import { parseMatchers } from "@sightline/shared/alerting/matcher-text";
import type { RoutingForm } from "@sightline/shared/alerting/routing-form";
import type { ApplyResponse, SilenceRequest } from "@sightline/shared/api/responses";
import { type CodeDocument, readCodeFiles } from "@sightline/shared/as-code/code-files";
import type { NamedDocument, RuleFileText } from "@sightline/shared/as-code/documents";
import { sloOfOpenSlo } from "@sightline/shared/as-code/openslo";
import type { Matcher } from "@sightline/shared/model/matcher";
import { projectStub } from "../objects/stubs.ts";
import { PinsBody } from "./anomaly-pins.ts";
import { CapacityBody, capacitySettingsOf } from "./capacity-body.ts";
import { type App, declareRoute } from "./declare-route.ts";
import { HttpFailure, unwrap } from "./http-failure.ts";
import { TemplateBody } from "./notification-templates.ts";
import { Instant, PolicyBody, ScheduleBody, policyOf, scheduleOf } from "./on-call-bodies.ts";
import { ReceiverBody, receiverOf } from "./receiver-body.ts";
import { RoutesBody } from "./routes.ts";
import { DependenciesBody, declaredOf } from "./topology.ts";
import { SloBody, sloOf } from "./slos.ts";
import { UserBody } from "./users.ts";

const MAX_FILES = 500;

const ApplyBody = z.strictObject({
  files: z
    .array(z.strictObject({ path: z.string().min(1).max(1000), text: z.string() }))
    .min(1)
    .max(MAX_FILES),
  dryRun: z.boolean().default(false),
  prune: z.boolean().default(false),
});

/** The body of a document by the schema of its own route, or a refusal that names the file and the field. */
function checked<Schema extends z.ZodType>(schema: Schema, value: unknown, where: string): z.infer<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.slice(0, 5).map(({ path, message }) => `${path.length === 0 ? "it" : path.join(".")}: ${message}`);
  throw new HttpFailure("bad_request", `${where}: ${issues.join("; ")}. Nothing was changed.`);
}

const SilenceBody = z.strictObject({
  matchers: z.array(z.string().max(1024)).min(1).max(30),
  startsAt: Instant.optional(),
  endsAt: Instant,
  comment: z.string().max(2000).default(""),
});
const silenceMatcher = ({ name, op, value }: Matcher): SilenceRequest["matchers"][number] => ({
  name,
  value,
  isRegex: op === "=~" || op === "!~",
  isEqual: op === "=" || op === "=~",
});

/** What the files of one request say together. */
interface Reading {
  /** Names of the template files among them. */
  readonly templates: readonly string[];
  readonly nowMs: number;
  /** What is not taken over, and what has passed. */
  readonly warnings: string[];
}

function alertmanagerDocuments(value: Readonly<Record<string, unknown>>, path: string, reading: Reading): readonly NamedDocument[] {
  const file = readAlertmanagerFile(value, reading.templates);
  if (!file.ok) throw new HttpFailure("bad_request", `${path}: ${file.error.message}. Nothing was changed.`);
  const { routing, receivers, unsupported } = file.value;
  reading.warnings.push(...unsupported.map((sentence) => `${path}: ${sentence}`));
  const documents = receivers.map(({ name, integrations }): NamedDocument => {
    const body = checked(ReceiverBody, { integrations }, `${path}: receiver ${name}`);
    return { kind: "receiver", name, path, document: receiverOf(name, body) };
  });
  if (routing === null) return documents;
  // Absent and undefined fields are the same to whoever reads the form.
  const document = checked(RoutesBody, routing, path) as RoutingForm;
  return [...documents, { kind: "routes", name: "routes", path, document }];
}

function documentsOf(found: CodeDocument, reading: Reading): readonly (NamedDocument | RuleFileText)[] {
  const { path } = found;
  switch (found.kind) {
    case "rules":
      return [{ kind: "rule file", path, text: found.text }];
    case "openslo": {
      const slo = sloOfOpenSlo(found.value, path);
      if (!slo.ok) throw new HttpFailure("bad_request", `${slo.error.message} Nothing was changed.`);
      return [{ kind: "slo", name: slo.value.id, path, document: slo.value }];
    }
    case "capacity": {
      const body = checked(CapacityBody, found.value, `${path}: capacity`);
      return [{ kind: "capacity", name: "capacity", path, document: capacitySettingsOf(body) }];
    }
    case "pins":
      return [{ kind: "pins", name: "pins", path, document: checked(PinsBody, found.value, `${path}: pins`) }];
    case "users": {
      const body = checked(UserBody, found.value, `${path}: user ${found.name}`);
      return [{ kind: "user", name: found.name, path, document: { id: found.name, ...body } }];
    }
    case "schedules": {
      const body = checked(ScheduleBody, found.value, `${path}: schedule ${found.name}`);
      return [{ kind: "schedule", name: found.name, path, document: scheduleOf(found.name, body) }];
    }
    case "policies": {
      const body = checked(PolicyBody, found.value, `${path}: policy ${found.name}`);
      return [{ kind: "policy", name: found.name, path, document: policyOf(found.name, body) }];
    }
    case "dependencies": {
      const body = checked(DependenciesBody, found.value, `${path}: dependencies of ${found.name}`);
      return [{ kind: "dependencies", name: found.name, path, document: declaredOf(found.name, body) }];
    }
    case "slos": {
      const body = checked(SloBody, found.value, `${path}: SLO ${found.name}`);
      return [{ kind: "slo", name: found.name, path, document: sloOf(found.name, body) }];
    }
    case "silences": {
      const { matchers, startsAt, ...rest } = checked(SilenceBody, found.value, `${path}: silence ${found.name}`);
      if (rest.endsAt <= reading.nowMs)
        reading.warnings.push(`${path}: silence ${found.name} ended at ${new Date(rest.endsAt).toISOString()}; it may leave the file`);
      const begins = startsAt === undefined ? {} : { startsAt };
      const parsed = matchers.map((text) => {
        const read = parseMatchers(text);
        if (!read.ok) throw new HttpFailure("bad_request", `${path}: silence ${found.name}: ${read.error.message} Nothing was changed.`);
        return read.value;
      });
      const document = { ...rest, ...begins, name: found.name, matchers: parsed.flat().map(silenceMatcher) };
      return [{ kind: "silence", name: found.name, path, document }];
    }
    case "receivers": {
      const body = checked(ReceiverBody, found.value, `${path}: receiver ${found.name}`);
      return [{ kind: "receiver", name: found.name, path, document: receiverOf(found.name, body) }];
    }
    case "templates": {
      const { text } = checked(TemplateBody, found.value, `${path}: template ${found.name}`);
      return [{ kind: "template", name: found.name, path, document: { name: found.name, text } }];
    }
    case "alertmanager":
      return alertmanagerDocuments(found.value, path, reading);
  }
}

export function applyRoutes(app: App): void {
  declareRoute(
    app,
    {
      method: "post",
      path: "/v1/apply",
      role: "admin",
      summary: "Brings the configuration to what files say, all of it or nothing, and answers what changed",
      body: ApplyBody,
    },
    async ({ c, principal, body }) => {
      const found = unwrap(readCodeFiles(body.files));
      const templates = found.flatMap((each) => (each.kind === "templates" ? [each.name] : []));
      const reading: Reading = { templates, nowMs: Date.now(), warnings: [] };
      const documents = found.flatMap((each) => documentsOf(each, reading));
      const options = { dryRun: body.dryRun, prune: body.prune };
      const changes = unwrap(await projectStub(c.env, principal.project).apply(principal, documents, options));
      const response: ApplyResponse = { dryRun: body.dryRun, changes, warnings: reading.warnings };
      return Response.json(response);
    },
  );
}
