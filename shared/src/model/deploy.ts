/** A change somebody made to a running system. */
export interface Deploy {
  readonly id: string;
  readonly service: string;
  readonly version: string;
  /** Ms. */
  readonly at: number;
  /** The one host it went to; absent for all of the service's. */
  readonly host?: string;
  /** Services, hosts and addresses that the service needs to be well. */
  readonly dependsOn?: readonly string[];
  /** Of the change or the build. */
  readonly url?: string;
  readonly author?: string;
}

/** A deploy as it is reported; `at` is now when absent. */
export type NewDeploy = Omit<Deploy, "id" | "at"> & { readonly at?: number };
