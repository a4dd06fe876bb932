import { type App, declareRoute } from "./declare-route.ts";
import { VERSION } from "./health.ts";

type OpenApiDocument = ReturnType<App["getOpenAPI31Document"]>;

const escape = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

/** A list of everything, readable without a script. */
function docsPage(document: OpenApiDocument): string {
  const rows: string[] = [];
  for (const [path, item] of Object.entries(document.paths ?? {})) {
    for (const method of ["get", "post", "put", "delete"] as const) {
      const operation = item[method];
      if (operation === undefined) continue;
      rows.push(
        `<tr><td>${method.toUpperCase()}</td><td><code>${escape(path)}</code></td><td>${escape(operation.summary ?? "")}</td><td>${escape(operation.description ?? "")}</td></tr>`,
      );
    }
  }
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sightline API</title></head><body><h1>Sightline API ${VERSION}</h1><p>The same as <a href="/v1/openapi.json">OpenAPI 3.1</a>. Send <code>Authorization: Bearer sl_…</code>.</p><table><thead><tr><th>Method</th><th>Path</th><th>What</th><th>Who</th></tr></thead><tbody>${rows.join("")}</tbody></table></body></html>`;
}

export function openApiRoutes(app: App): void {
  app.openAPIRegistry.registerComponent("securitySchemes", "bearer", { type: "http", scheme: "bearer" });
  const document = (): OpenApiDocument =>
    app.getOpenAPI31Document({
      openapi: "3.1.0",
      info: { title: "Sightline", version: VERSION, description: "Live performance monitoring beside the code." },
    });
  declareRoute(app, { method: "get", path: "/v1/openapi.json", role: "viewer", summary: "This description" }, async () =>
    Response.json(document()),
  );
  declareRoute(app, { method: "get", path: "/docs", role: "viewer", summary: "This description as a page" }, async ({ c }) =>
    c.html(docsPage(document())),
  );
}
