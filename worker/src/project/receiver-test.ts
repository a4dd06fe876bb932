import type { TestedIntegration } from "@sightline/shared/api/receiver-responses";
import type { Principal } from "@sightline/shared/model/principal";
import { type Result, fail, ok } from "@sightline/shared/model/result";
import { logDelivery } from "../alerting/delivery-log.ts";
import type { DeliveryPorts } from "../alerting/delivery.ts";
import { sampleNotification } from "../alerting/sample-notification.ts";
import { recordAudit } from "./audit-log.ts";
import type { ProjectPorts } from "./project-ports.ts";

/** Sends each integration of a receiver a test now, past limits and circuits. Codes: `not_found`. */
export async function testReceiver(
  ports: ProjectPorts,
  delivery: Pick<DeliveryPorts, "receiver" | "toIntegration">,
  by: Principal,
  name: string,
): Promise<Result<readonly TestedIntegration[]>> {
  const receiver = delivery.receiver(name);
  if (receiver === null) return fail("not_found", `There is no receiver ${JSON.stringify(name)}; GET /v1/receivers lists them.`);
  const tested = await Promise.all(
    receiver.integrations.map(async (integration, index): Promise<TestedIntegration> => {
      const startedAt = ports.now();
      const sample = sampleNotification(name, index, startedAt);
      const result = await delivery.toIntegration(sample, integration);
      const durationMs = ports.now() - startedAt;
      const error = result.outcome === "delivered" ? null : result.reason;
      const status = result.status ?? null;
      const entry = { at: ports.now(), key: sample.key, receiver: name, integration: index, type: integration.type, status, attempts: 1 };
      logDelivery(ports.database, { ...entry, outcome: error === null ? "test" : result.outcome, durationMs, error });
      const outcome =
        error === null
          ? `The ${integration.type} integration took the test${status === null ? "" : ` (${status})`}.`
          : result.outcome === "refused"
            ? `The ${integration.type} integration refused the test and would refuse alerts alike: ${error}.`
            : `The ${integration.type} integration could not be reached or is not ready: ${error}. Alerts would be tried again.`;
      return { integration: index, type: integration.type, delivered: error === null, outcome, status, durationMs };
    }),
  );
  recordAudit(ports, by, "receiver.test", `${name}: ${tested.map(({ delivered }) => (delivered ? "delivered" : "failed")).join(", ")}`);
  return ok(tested);
}
