import type { Receiver } from "@sightline/shared/alerting/receiver";
import type { TemplateFile } from "@sightline/shared/api/receiver-responses";
import type { Principal } from "@sightline/shared/model/principal";
import { channelHealth } from "../alerting/channels.ts";
import { readDeadLetters } from "../alerting/dead-letters.ts";
import { readDeliveries } from "../alerting/delivery-log.ts";
import { outboundPolicy } from "../alerting/outbound-address.ts";
import * as templates from "../project/notification-templates.ts";
import { testReceiver } from "../project/receiver-test.ts";
import * as deliveries from "../project/receiver-deliveries.ts";
import * as receivers from "../project/receivers.ts";
import { rerouting } from "../project/reroute.ts";
import { ProjectOnCall } from "./project-on-call.ts";
import type { ProjectRpc } from "./rpc.ts";

type Answer<Method extends keyof ProjectRpc> = ReturnType<ProjectRpc[Method]>;

/** Where notifications go, how that goes, and what they say. */
export abstract class ProjectReceivers extends ProjectOnCall {
  async receivers(): Answer<"receivers"> {
    return receivers.listReceivers(this.ports);
  }
  async putReceiver(by: Principal, receiver: Receiver): Answer<"putReceiver"> {
    const policy = outboundPolicy(this.env.ALLOW_OUTBOUND);
    return this.changed(rerouting(this.ports, () => receivers.putReceiver(this.ports, by, receiver, policy)));
  }
  async deleteReceiver(by: Principal, name: string): Answer<"deleteReceiver"> {
    return this.changed(rerouting(this.ports, () => deliveries.deleteReceiver(this.ports, by, name)));
  }
  async testReceiver(by: Principal, name: string): Answer<"testReceiver"> {
    return testReceiver(this.ports, this.connections.delivery, by, name);
  }
  async receiverHealth(): Answer<"receiverHealth"> {
    return channelHealth(this.ports.database, this.ports.now());
  }
  async deliveries(receiver: string, limit: number): Answer<"deliveries"> {
    return readDeliveries(this.ports.database, receiver, limit);
  }
  async deadLetters(limit: number): Answer<"deadLetters"> {
    return readDeadLetters(this.ports.database, limit);
  }
  async retryDeadLetter(by: Principal, id: number): Answer<"retryDeadLetter"> {
    return this.changed(deliveries.retryDeadLetter(this.ports, by, id));
  }
  async discardDeadLetter(by: Principal, id: number): Answer<"discardDeadLetter"> {
    return this.changed(deliveries.discardDeadLetter(this.ports, by, id));
  }
  async templates(): Answer<"templates"> {
    return templates.listTemplates(this.ports);
  }
  async putTemplate(by: Principal, file: TemplateFile): Answer<"putTemplate"> {
    return templates.putTemplate(this.ports, by, file);
  }
  async deleteTemplate(by: Principal, name: string): Answer<"deleteTemplate"> {
    return templates.deleteTemplate(this.ports, by, name);
  }
}
