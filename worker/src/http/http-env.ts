import type { Context } from "hono";
import type { Env } from "../env.ts";

export interface HttpEnv {
  readonly Bindings: Env;
  readonly Variables: { readonly requestId: string };
}

export type HttpContext = Context<HttpEnv>;
