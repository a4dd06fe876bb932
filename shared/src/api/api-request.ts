/** One request to the server: headers, errors as `DataSourceError` with the server's own code and sentence. */
import { DataSourceError } from "./data-source.ts";
import type { Fetch } from "./ports.ts";

export interface ApiClient {
  get(path: string, parameters?: Readonly<Record<string, Parameter>>): Promise<unknown>;
  post(path: string, body: unknown): Promise<unknown>;
  put(path: string, body: unknown): Promise<unknown>;
  delete(path: string): Promise<unknown>;
}

export type Parameter = string | number | boolean | readonly string[] | undefined;

/** `?a=1&b=2`, lists repeated, undefined left out; empty when there is nothing. */
export function queryString(parameters: Readonly<Record<string, Parameter>>): string {
  const pairs: string[] = [];
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) continue;
    const values = typeof value === "object" ? value : [String(value)];
    for (const one of values) pairs.push(`${encodeURIComponent(name)}=${encodeURIComponent(one)}`);
  }
  return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
}

export function createApiClient(baseUrl: string, token: string, fetch: Fetch): ApiClient {
  const base = baseUrl.replace(/\/+$/, "");
  const headers = { authorization: `Bearer ${token}`, accept: "application/json" };
  async function send(method: "GET" | "POST" | "PUT" | "DELETE", path: string, body?: unknown): Promise<unknown> {
    let status: number;
    let okay: boolean;
    let text: string;
    try {
      const request =
        body === undefined
          ? { method, headers }
          : { method, headers: { ...headers, "content-type": "application/json" }, body: JSON.stringify(body) };
      const response = await fetch(`${base}${path}`, request);
      ({ status, ok: okay } = response);
      text = await response.text();
    } catch {
      throw new DataSourceError(
        "unreachable",
        `No answer from ${base}. Check that the server is running and reachable from here; nothing was changed.`,
        0,
      );
    }
    const answer = parseJson(text);
    if (!okay) throw refusal(status, answer, base);
    if (answer === undefined && text !== "") {
      throw new DataSourceError(
        "not_json",
        `${base}${path} answered ${status} with something that is not JSON. Is the address that of a Sightline server?`,
        status,
      );
    }
    return answer;
  }
  return {
    get: (path, parameters = {}) => send("GET", `${path}${queryString(parameters)}`),
    post: (path, body) => send("POST", path, body),
    put: (path, body) => send("PUT", path, body),
    delete: (path) => send("DELETE", path),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Understands problem+json (`code`, `detail`) and Prometheus's form (`errorType`, `error`). */
function refusal(status: number, answer: unknown, base: string): DataSourceError {
  const fields: Record<string, unknown> = typeof answer === "object" && answer !== null ? { ...answer } : {};
  const code = firstText(fields["code"], fields["errorType"]) ?? (status === 401 ? "unauthenticated" : `http_${status}`);
  const message = firstText(fields["detail"], fields["error"], fields["title"], answer) ?? `${base} answered ${status} without saying why.`;
  return new DataSourceError(code, message, status);
}

function firstText(...values: unknown[]): string | undefined {
  for (const value of values) if (typeof value === "string" && value !== "") return value;
  return undefined;
}
