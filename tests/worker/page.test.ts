import { exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the Worker's own entry; its types need the built bundle
const worker = exports as unknown as { readonly default: { fetch(request: Request): Promise<Response> } };
const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  worker.default.fetch(new Request(`http://sightline.test${path}`, { headers }));

describe("the web page", () => {
  it.each([
    ["/", "text/html"],
    ["/assets/app.js", "text/javascript"],
    ["/assets/app.css", "text/css"],
    ["/assets/icon.svg", "image/svg+xml"],
  ])("%s is served without a token, as %s", async (path, type) => {
    const response = await get(path);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toContain(type);
    expect((await response.text()).length).toBeGreaterThan(100);
  });

  it("allows no script or style but its own", async () => {
    const response = await get("/");
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain("unsafe");
    const html = await response.text();
    expect(html).not.toMatch(/<script(?![^>]*src=)|<style| style=| on\w+=/);
  });

  it("is not sent twice: the same content answers 304 to its ETag", async () => {
    const first = await get("/assets/app.js");
    await first.arrayBuffer();
    const etag = first.headers.get("etag") ?? "";
    expect((await get("/assets/app.js", { "if-none-match": `W/${etag}` })).status).toBe(304);
    const other = await get("/assets/app.js", { "if-none-match": '"older"' });
    expect(other.status).toBe(200);
    await other.arrayBuffer();
  });
});
