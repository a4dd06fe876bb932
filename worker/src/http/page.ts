/** The web dashboard: a shell without data, and its two assets. Whoever opens it signs in with a token. */
import appStyle from "../../../dist/page/app.css.txt";
import appScript from "../../../dist/page/app.js.txt";
import type { App } from "./declare-route.ts";
import { CONTENT_SECURITY_POLICY } from "./security-headers.ts";

const shell = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Sightline</title>
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/app.css">
<script type="module" src="/assets/app.js"></script>
</head>
<body><div id="app"></div><noscript>Sightline draws its charts with JavaScript; switch it on to see them.</noscript></body>
</html>
`;

const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#4f5bd5"/><path d="M6 18h5l3-8 5 14 3-6h4" fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round"/></svg>`;

interface Asset {
  readonly path: string;
  readonly type: string;
  readonly text: string;
}

const ASSETS: readonly Asset[] = [
  { path: "/", type: "text/html; charset=utf-8", text: shell },
  { path: "/assets/app.js", type: "text/javascript; charset=utf-8", text: appScript },
  { path: "/assets/app.css", type: "text/css; charset=utf-8", text: appStyle },
  { path: "/assets/icon.svg", type: "image/svg+xml", text: icon },
];

const etags = new Map<string, Promise<string>>();

/** Of the content, so that a new release is seen at once and an old one is not sent twice. Computed once per isolate. */
function etagOf(asset: Asset): Promise<string> {
  let etag = etags.get(asset.path);
  if (etag === undefined) {
    etag = crypto.subtle.digest("SHA-256", new TextEncoder().encode(asset.text)).then((digest) => {
      const hex = [...new Uint8Array(digest, 0, 12)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      return `"${hex}"`;
    });
    etags.set(asset.path, etag);
  }
  return etag;
}

function names(header: string | undefined, etag: string): boolean {
  return (header ?? "").split(",").some((entry) => entry.trim() === "*" || entry.trim().replace(/^W\//, "") === etag);
}

export function pageRoutes(app: App): void {
  for (const asset of ASSETS) {
    app.get(asset.path, async (c) => {
      const etag = await etagOf(asset);
      const headers = {
        "cache-control": "public, no-cache",
        etag,
        "content-security-policy": CONTENT_SECURITY_POLICY,
        "content-type": asset.type,
      };
      return names(c.req.header("if-none-match"), etag)
        ? new Response(null, { status: 304, headers })
        : new Response(asset.text, { headers });
    });
  }
}
