import type { CapacityResponse } from "@sightline/shared/api/analyses";
import type { CapacityResource } from "@sightline/shared/model/capacity";

type Told = Extract<CapacityResource, { readonly saturation: unknown }>;

/** A resource whose use could be foreseen, by its name; throws where there is none. */
export function told(response: CapacityResponse, name: string): Told {
  const found = response.resources.find((resource) => resource.name === name);
  if (found === undefined || "refused" in found) throw new Error(`${name}: ${JSON.stringify(response.resources.map((one) => one.name))}`);
  return found;
}
