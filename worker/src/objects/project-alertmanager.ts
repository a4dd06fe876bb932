import type { Matcher } from "@sightline/shared/model/matcher";
import type { Principal } from "@sightline/shared/model/principal";
import { alertmanagerAlerts, alertmanagerGroups } from "../project/alertmanager/alerts.ts";
import { alertmanagerConfig } from "../project/alertmanager/config.ts";
import { alertmanagerSilence, alertmanagerSilences } from "../project/alertmanager/silences.ts";
import { receiveAlerts } from "../project/external-alerts.ts";
import type { AlertmanagerFilter, AlertmanagerRpc, PostedAlert } from "./alertmanager-rpc.ts";
import { ProjectCode } from "./project-code.ts";

type Answer<Method extends keyof AlertmanagerRpc> = ReturnType<AlertmanagerRpc[Method]>;

/** What amtool asks, and alerts that other systems send. */
export abstract class ProjectAlertmanager extends ProjectCode implements AlertmanagerRpc {
  async postAlerts(by: Principal, alerts: readonly PostedAlert[]): Answer<"postAlerts"> {
    return this.changed(receiveAlerts(this.ports, by, alerts));
  }
  async alertmanagerAlerts(filter: AlertmanagerFilter): Answer<"alertmanagerAlerts"> {
    return alertmanagerAlerts(this.ports, filter);
  }
  async alertmanagerGroups(filter: AlertmanagerFilter): Answer<"alertmanagerGroups"> {
    return alertmanagerGroups(this.ports, filter);
  }
  async alertmanagerSilences(matchers: readonly Matcher[]): Answer<"alertmanagerSilences"> {
    return alertmanagerSilences(this.ports, matchers);
  }
  async alertmanagerSilence(id: string): Answer<"alertmanagerSilence"> {
    return alertmanagerSilence(this.ports, id);
  }
  async alertmanagerConfig(): Answer<"alertmanagerConfig"> {
    return alertmanagerConfig(this.ports);
  }
}
