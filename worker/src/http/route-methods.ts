/** Which methods a path answers, so that a wrong method is told from a wrong path. Patterns as Hono keeps them, `/v1/alerts/:id`. */
export function methodsAt(routes: readonly { readonly method: string; readonly path: string }[], path: string): readonly string[] {
  const asked = path.split("/");
  const methods = new Set<string>();
  for (const route of routes) {
    if (route.method === "ALL" || route.path.includes("*")) continue;
    const segments = route.path.split("/");
    if (segments.length === asked.length && segments.every((segment, index) => segment.startsWith(":") || segment === asked[index])) {
      methods.add(route.method);
    }
  }
  return [...methods].sort();
}
