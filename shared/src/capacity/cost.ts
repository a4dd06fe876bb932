import type { BoundedResource, CapacityResource, CapacitySettings, Cost, Price } from "../model/capacity.ts";

/** Bytes of the units that disk and memory are bought by. */
export const SIZES_BOUGHT: Readonly<Record<string, number>> = { GiB: 2 ** 30, GB: 1e9, TiB: 2 ** 40, TB: 1e12, MiB: 2 ** 20, MB: 1e6 };

/** Units bought at a limit; null where the price's unit does not fit what is measured. */
function bought(
  { kind, unit, servers }: Pick<BoundedResource, "kind" | "unit" | "servers">,
  price: Price,
  limit: number,
  share: number,
): number | null {
  if (kind === "cpu") return servers === undefined ? null : servers * share;
  const size = SIZES_BOUGHT[price.unit];
  if (unit === "bytes") return size === undefined ? null : limit / size;
  return size === undefined && unit !== "ratio" ? limit : null;
}

/** What a resource costs a month as it is, and at the size that is recommended. Null without a price that fits. */
export function costOf(
  resource: Pick<BoundedResource, "kind" | "unit" | "servers" | "limit">,
  size: number | undefined,
  { currency, prices }: Pick<CapacitySettings, "currency" | "prices">,
): Cost | null {
  const price = prices[resource.kind];
  if (price === undefined) return null;
  const now = bought(resource, price, resource.limit, 1);
  const then = size === undefined ? now : bought(resource, price, size, size / resource.limit);
  if (now === null || then === null) return null;
  const perMonth = now * price.perMonth;
  // CPUs are bought whole.
  const recommendedPerMonth = (resource.kind === "cpu" ? Math.max(1, Math.ceil(then - 1e-9)) : then) * price.perMonth;
  return { currency, perMonth, recommendedPerMonth, savingPerMonth: perMonth - recommendedPerMonth };
}

/** Prices that do not fit what they are of, in words: nobody would miss a cost that was never there. */
export function unfitPrices(resources: readonly CapacityResource[], { prices }: Pick<CapacitySettings, "prices">): readonly string[] {
  return Object.entries(prices).flatMap(([kind, { unit }]): string[] => {
    const [first, ...others] = resources.filter((one) => one.kind === kind && one.cost === undefined && one.within === undefined);
    if (first === undefined) return [];
    const measure =
      kind === "cpu" ? "it is not known how many CPUs there are" : `this is measured in ${first.unit === "" ? "pieces" : first.unit}`;
    const are = others.length === 0 ? "has" : `and ${others.length} more have`;
    return [`${first.name} ${are} no price: prices.${kind} is of a ${unit}, and ${measure}.`];
  });
}
