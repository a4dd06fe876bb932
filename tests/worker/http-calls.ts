import type { Env } from "../../worker/src/env.ts";
import { projectStub } from "../../worker/src/objects/stubs.ts";
import type { Principal, Role } from "@sightline/shared/model/principal";
import { env as bindings, exports } from "cloudflare:workers";

export const env = bindings as unknown as Env;

export const adminOf = (project: string): Principal => ({ project, tokenId: "test", tokenName: "test", role: "admin" });

/** A token of a project that this call brings into being. */
export async function tokenOf(project: string, role: Role): Promise<string> {
  const made = await projectStub(env, project).createToken(adminOf(project), { name: `${role} token`, role });
  if (!made.ok) throw new Error(made.error.message);
  return made.value.token;
}

export type Send = (path: string, init?: RequestInit) => Promise<Response>;

const worker = exports as unknown as { readonly default: { fetch(request: Request): Promise<Response> } };

/** Calls the Worker without a token. */
export const send: Send = (path, init) => worker.default.fetch(new Request(`https://sightline.test${path}`, init));

export function sendAs(token: string): Send {
  return (path, init = {}) => {
    const headers = new Headers(init.headers);
    headers.set("authorization", `Bearer ${token}`);
    return send(path, { ...init, headers });
  };
}

export const json = (method: string, body: unknown): RequestInit => ({
  method,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

export interface ProblemBody {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
}

export const problemOf = async (response: Response): Promise<ProblemBody> => (await response.json()) as ProblemBody;
