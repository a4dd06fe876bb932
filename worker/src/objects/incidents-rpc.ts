import type { Deploy, NewDeploy } from "@sightline/shared/model/deploy";
import type { Principal } from "@sightline/shared/model/principal";
import type { Result } from "@sightline/shared/model/result";

/** Of Project: which alerts belong together, what they stand on, and what was changed before. */
export interface IncidentsRpc {
  recordDeploy(by: Principal, deploy: NewDeploy): Promise<Result<{ readonly deploy: Deploy; readonly created: boolean }>>;
  /** Newest first, since a time in ms; of all services when it is null. */
  deploys(service: string | null, sinceMs: number, limit: number): Promise<readonly Deploy[]>;
}
