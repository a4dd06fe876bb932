import { projectStub } from "../objects/stubs.ts";
import type { App } from "./declare-route.ts";
import { HttpFailure, unwrap } from "./http-failure.ts";

const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => `&#${character.codePointAt(0) ?? 0};`);

const page = (title: string, body: string): Response =>
  new Response(
    `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<title>${escaped(title)}</title><link rel="icon" href="/assets/icon.svg" type="image/svg+xml"><link rel="stylesheet" href="/assets/app.css"></head>
<body class="plain"><main><h1>${escaped(title)}</h1>${body}</main></body>
</html>
`,
    { headers: { "content-type": "text/html; charset=utf-8" } },
  );

/**
 * The signed address in a notification. Opening it shows the alert and a button; only pressing the button acknowledges,
 * because mail programs and chats open every address they see.
 */
export function acknowledgeLinkRoutes(app: App): void {
  const invalid = (): HttpFailure =>
    new HttpFailure("not_found", "This address is not valid any more. Acknowledge the alert in the editor, on the dashboard, or by API.");
  const projectOf = (link: string): string => {
    const [project = ""] = link.split(".");
    if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(project)) throw invalid();
    return project;
  };
  app.get("/a/:link", async (c) => {
    const link = c.req.param("link");
    const found = await projectStub(c.env, projectOf(link)).linkedAlert(link);
    if (found === null) throw invalid();
    const { alert, user } = found;
    const facts = `<p>${escaped(alert.annotations["summary"] ?? alert.condition)}</p><p>Severity ${escaped(alert.severity)}, ${escaped(alert.state)}${
      alert.acknowledgedBy === null ? "" : ` by ${escaped(alert.acknowledgedBy)}`
    }.</p>`;
    const button = `<form method="post"><button type="submit">Acknowledge as ${escaped(user)}</button></form>`;
    return page(alert.name, alert.state === "firing" ? facts + button : facts);
  });
  app.post("/a/:link", async (c) => {
    const link = c.req.param("link");
    const answer = await projectStub(c.env, projectOf(link)).acknowledgeByLink(link);
    if (answer === null) throw invalid();
    const alert = unwrap(answer);
    return page(alert.name, `<p>Acknowledged by ${escaped(alert.acknowledgedBy ?? "you")}. It ends by itself when the alert resolves.</p>`);
  });
}
