import type { Principal } from "@sightline/shared/model/principal";
import type { Env } from "../env.ts";
import type { Entrance } from "./let-in.ts";

/** Whoever asks, after they were let in. */
export interface HotCall {
  readonly env: Env;
  readonly principal: Principal;
  readonly request: Request;
  /** What the answer bears beside its own headers: to add them to one that is made already takes half as long again. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A route that nearly all requests of a server under load are for; `hot-routes.ts` brings them there by its address alone. */
export interface HotRoute {
  readonly path: string;
  readonly methods: readonly string[];
  readonly entrance: Entrance;
  /** Whether it may have parameters in its address; one that takes none is left to the application if it has. */
  readonly takesParameters: boolean;
  readonly answer: (call: HotCall) => Promise<Response>;
}
