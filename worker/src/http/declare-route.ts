import { type OpenAPIHono, z } from "@hono/zod-openapi";
import type { Principal, Role } from "@sightline/shared/model/principal";
import { readText } from "./body.ts";
import { familyOf } from "./error-body.ts";
import type { HttpContext, HttpEnv } from "./http-env.ts";
import { HttpFailure } from "./http-failure.ts";
import { parseJson } from "./json-body.ts";
import { letIn } from "./let-in.ts";
import { type Parameters, readParameters, refuseUnknownParameters } from "./parameters.ts";

export type App = OpenAPIHono<HttpEnv>;

/** One row of the outside surface: who may call it, what it takes, what it answers. The OpenAPI document is made of these. */
export interface RouteDeclaration<Body extends z.ZodType> {
  readonly method: "get" | "post" | "put" | "delete";
  /** OpenAPI notation: `/v1/alerts/{id}`. */
  readonly path: string;
  readonly role: Role;
  readonly summary: string;
  /** Parameters of the query string (and of a form body for Prometheus routes), with what each means. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** JSON body, checked before the handler sees it. Handlers of other formats leave it out and read the request. */
  readonly body?: Body;
  /** Media type and meaning of bodies the handler reads by itself. */
  readonly rawBody?: { readonly mediaType: string; readonly description: string };
  /** Status and meaning of success; the schema where it is more than words. */
  readonly answers?: { readonly status: number; readonly description: string; readonly schema?: z.ZodType };
}

export interface Call<Body> {
  readonly c: HttpContext;
  readonly principal: Principal;
  readonly parameters: Parameters;
  readonly body: Body;
  /** The path parameter of this name, decoded. */
  readonly path: (name: string) => string;
}

/** A refusal naming every field that is wrong and why. */
function invalidBody(error: z.ZodError): HttpFailure {
  const issues = error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.length === 0 ? "the body" : issue.path.join(".")}: ${issue.message}`);
  return new HttpFailure("bad_request", `The body does not have the right shape: ${issues.join("; ")}. Nothing was changed.`);
}

async function readJson<Body extends z.ZodType>(c: HttpContext, schema: Body): Promise<z.infer<Body>> {
  const mediaType = (c.req.header("content-type") ?? "application/json").split(";")[0]?.trim().toLowerCase() ?? "";
  // What curl calls a body of which nothing is said.
  const isUnnamed = mediaType === "application/x-www-form-urlencoded";
  if (mediaType !== "application/json" && !mediaType.endsWith("+json") && !isUnnamed) {
    throw new HttpFailure("unsupported_media_type", `Content-Type ${mediaType} is not understood here; send application/json.`);
  }
  const text = await readText(c.req.raw);
  // No body at all is an empty object: actions such as ack need nothing said.
  const parsed = schema.safeParse(text === "" ? {} : parseJson(text));
  if (!parsed.success) throw invalidBody(parsed.error);
  return parsed.data;
}

const problem = { content: { "application/problem+json": { schema: z.object({ code: z.string(), detail: z.string() }) } } };
const prometheusError = {
  content: { "application/json": { schema: z.object({ status: z.literal("error"), errorType: z.string(), error: z.string() }) } },
};
const influxError = { content: { "application/json": { schema: z.object({ code: z.string(), message: z.string() }) } } };
const alertmanagerError = { content: { "application/json": { schema: z.string() } } };
const rpcStatus = { content: { "application/json": { schema: z.object({ code: z.number(), message: z.string() }) } } };
const ERRORS = {
  problem,
  prometheus: prometheusError,
  influx: influxError,
  alertmanager: alertmanagerError,
  "otlp-json": rpcStatus,
  "otlp-protobuf": rpcStatus,
} as const;

function describe<Body extends z.ZodType>(app: App, route: RouteDeclaration<Body>): void {
  const error = ERRORS[familyOf(route.path)];
  const names = [...route.path.matchAll(/\{(\w+)\}/g)].flatMap(([, name]) => (name === undefined ? [] : [name]));
  const { status, description, schema } = { schema: undefined, ...(route.answers ?? { status: 200, description: "Done" }) };
  const raw = route.rawBody;
  const bodyContent =
    route.body !== undefined
      ? { "application/json": { schema: route.body } }
      : raw !== undefined
        ? { [raw.mediaType]: { schema: z.string().openapi({ description: raw.description }) } }
        : null;
  app.openAPIRegistry.registerPath({
    method: route.method,
    path: route.path,
    summary: route.summary,
    description: `Role: ${route.role}.`,
    security: [{ bearer: [] }],
    request: {
      ...(names.length === 0 ? {} : { params: z.object(Object.fromEntries(names.map((name) => [name, z.string()]))) }),
      ...(route.parameters === undefined
        ? {}
        : {
            query: z.object(
              Object.fromEntries(
                Object.entries(route.parameters).map(([name, meaning]) => [name, z.string().optional().openapi({ description: meaning })]),
              ),
            ),
          }),
      ...(bodyContent === null ? {} : { body: { content: bodyContent } }),
    },
    responses: {
      [status]: schema === undefined ? { description } : { description, content: { "application/json": { schema } } },
      default: { description: "A refusal with a stable code and a sentence", ...error },
    },
  });
}

/** Adds a route to the application and to its description: authenticates, checks the role, caps and checks the body, then calls. */
export function declareRoute<Body extends z.ZodType = z.ZodUndefined>(
  app: App,
  route: RouteDeclaration<Body>,
  handle: (call: Call<z.infer<Body>>) => Promise<Response>,
): void {
  describe(app, route);
  const schema = route.body;
  // Elsewhere a form is no way to send parameters: curl -d without a header must still deliver its JSON.
  // What takes bytes takes them whatever they are called: curl calls everything a form.
  const takesForm = familyOf(route.path) === "prometheus" && route.rawBody === undefined;
  // Clients of Prometheus and Influx send parameters of their own; under /v1 every parameter is ours.
  const known = route.path.startsWith("/v1/") ? route.parameters : undefined;
  const entrance = { role: route.role, isWrite: route.role === "ingest" && route.method === "post" };
  app.on(route.method.toUpperCase(), route.path.replaceAll(/\{(\w+)\}/g, ":$1"), (c) => {
    const background = (work: Promise<void>): void => c.executionCtx.waitUntil(work);
    return letIn(c.req.raw, { env: c.env, now: Date.now(), background }, entrance, async (principal) => {
      if (known !== undefined) refuseUnknownParameters(c.req.raw, known);
      const parameters = await readParameters(c.req.raw, takesForm);
      // Routes without a schema have `undefined` for a body by their type parameter's default.
      const body = schema === undefined ? (undefined as z.infer<Body>) : await readJson(c, schema);
      const path = (name: string): string => c.req.param(name) ?? "";
      return await handle({ c, principal, parameters, body, path });
    });
  });
}
