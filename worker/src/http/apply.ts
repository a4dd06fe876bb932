import { z } from "@hono/zod-openapi";
import type { ApplyResponse } from "@sightline/shared/api/responses";
import { type CodeDocument, readCodeFiles } from "@sightline/shared/as-code/code-files";
import type { NamedDocument, RuleFileText } from "@sightline/shared/as-code/documents";
import { sloOfOpenSlo } from "@sightline/shared/as-code/openslo";
import { projectStub } from "../objects/stubs.ts";
import { type App, declareRoute } from "./declare-route.ts";
import { HttpFailure, unwrap } from "./http-failure.ts";
import { PolicyBody, ScheduleBody, policyOf, scheduleOf } from "./on-call-bodies.ts";
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

function documentsOf(found: CodeDocument): readonly (NamedDocument | RuleFileText)[] {
  const { path } = found;
  switch (found.kind) {
    case "rules":
      return [{ kind: "rule file", path, text: found.text }];
    case "openslo": {
      const slo = sloOfOpenSlo(found.value, path);
      if (!slo.ok) throw new HttpFailure("bad_request", `${slo.error.message} Nothing was changed.`);
      return [{ kind: "slo", name: slo.value.id, path, document: slo.value }];
    }
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
    case "slos": {
      const body = checked(SloBody, found.value, `${path}: SLO ${found.name}`);
      return [{ kind: "slo", name: found.name, path, document: sloOf(found.name, body) }];
    }
    case "alertmanager":
      throw new HttpFailure("bad_request", `${path} is an alertmanager.yml, which is not taken here yet. Nothing was changed.`);
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
      const documents = unwrap(readCodeFiles(body.files)).flatMap(documentsOf);
      const options = { dryRun: body.dryRun, prune: body.prune };
      const changes = unwrap(await projectStub(c.env, principal.project).apply(principal, documents, options));
      const response: ApplyResponse = { dryRun: body.dryRun, changes };
      return Response.json(response);
    },
  );
}
