import type { LiveHubRpc } from "../../objects/rpc.ts";
import type { DeliveryOutcome } from "../delivery-outcome.ts";
import type { Notification } from "../notification.ts";

/** Every viewer of the project at once; without viewers the hub has nothing to do and the news is delivered. */
export async function broadcastToEditors(
  hub: Pick<LiveHubRpc, "broadcast">,
  notifications: readonly Notification[],
): Promise<DeliveryOutcome> {
  try {
    await hub.broadcast(
      notifications.map(({ alert, previous, remark }) => ({ alert, previous, ...(remark === undefined ? {} : { remark }) })),
    );
    return { outcome: "delivered" };
  } catch (error) {
    return { outcome: "failed", reason: error instanceof Error ? error.message : String(error) };
  }
}
