/** What the routes of deploys, topology and incidents answer with. Times in ms. */
import type { Deploy } from "../model/deploy.ts";

/** `GET /v1/deploys`, newest first. */
export interface DeploysResponse {
  readonly deploys: readonly Deploy[];
}
