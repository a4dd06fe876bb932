/** The panel's page: everything forbidden but our own script by its nonce and our own style sheet. */
export interface PanelAssets {
  readonly script: string;
  readonly style: string;
  /** The webview's own origin, for the policy. */
  readonly source: string;
  readonly nonce: string;
}

export function panelHtml({ script, style, source, nonce }: PanelAssets): string {
  const policy = [
    `default-src 'none'`,
    `script-src 'nonce-${nonce}'`,
    `style-src ${source} 'nonce-${nonce}'`,
    `img-src ${source} data:`,
    `font-src ${source}`,
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy.join("; ")}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${style}" nonce="${nonce}">
<title>Sightline</title>
</head>
<body>
<div id="banner" role="status" hidden></div>
<div id="dashboard"></div>
<script nonce="${nonce}" src="${script}"></script>
</body>
</html>`;
}
