import type { CapacitySettings } from "@sightline/shared/model/capacity";
import type { Principal } from "@sightline/shared/model/principal";
import type { Result } from "@sightline/shared/model/result";

/** What a project says of its capacity: prices, demand, resources of its own. */
export interface CapacityRpc {
  capacitySettings(): Promise<CapacitySettings>;
  putCapacitySettings(by: Principal, settings: CapacitySettings): Promise<Result<CapacitySettings>>;
  forgetCapacitySettings(by: Principal): Promise<null>;
}
