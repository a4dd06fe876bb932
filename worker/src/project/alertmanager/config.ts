import { alertmanagerForm } from "@sightline/shared/alerting/alertmanager-form";
import { yamlOf } from "@sightline/shared/as-code/yaml-text";
import { EDITOR } from "../../alerting/notification.ts";
import { listPolicies } from "../on-call/policies.ts";
import type { ProjectPorts } from "../project-ports.ts";
import { listReceivers } from "../receivers.ts";
import { readRoutingConfig } from "../routing.ts";

/** Routes and receivers as an alertmanager.yml that Alertmanager's own tools read, without secrets. */
export function alertmanagerConfig(ports: ProjectPorts): { readonly original: string; readonly receivers: readonly string[] } {
  const receivers = listReceivers(ports);
  const others = [EDITOR, ...listPolicies(ports).map(({ name }) => name)];
  const original = yamlOf(alertmanagerForm(readRoutingConfig(ports), receivers, others));
  return { original, receivers: [...others, ...receivers.map(({ name }) => name)] };
}
