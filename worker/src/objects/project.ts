import { DurableObject } from "cloudflare:workers";
import type { SilenceRequest } from "@sightline/shared/api/responses";
import type { Alert, AlertTransition } from "@sightline/shared/model/alert";
import type { Principal, User } from "@sightline/shared/model/principal";
import type { RuleGroup } from "@sightline/shared/model/rule";
import type { Slo } from "@sightline/shared/model/slo";
import { outboundPolicy } from "../alerting/outbound-address.ts";
import type { Env } from "../env.ts";
import { pruneAlerts } from "../project/alert-store.ts";
import { readAudit } from "../project/audit-log.ts";
import { drive } from "../project/drive.ts";
import * as core from "../project/project-core.ts";
import type { ProjectPorts } from "../project/project-ports.ts";
import * as receivers from "../project/receivers.ts";
import { listRuleGroups } from "../project/rule-groups.ts";
import { readShardConfig } from "../project/shard-configuration.ts";
import { readShardMap } from "../project/shard-map.ts";
import { listSilences } from "../project/silences.ts";
import { singleFlight } from "../project/single-flight.ts";
import { listSlos } from "../project/slos.ts";
import * as tickets from "../project/tickets.ts";
import * as tokens from "../project/tokens.ts";
import * as users from "../project/users.ts";
import { defaultRuleGroups } from "../rules/default-rules.ts";
import { DurableObjectDatabase } from "../storage/durable-object-database.ts";
import { projectConnections, projectSurroundings } from "./project-connections.ts";
import type { NewToken, ProjectRpc, WebhookReceiver } from "./rpc.ts";

type Answer<Method extends keyof ProjectRpc> = ReturnType<ProjectRpc[Method]>;
/** Shell around the control plane's core: opens it on first use, and after each change drives what became due. */
export class Project extends DurableObject<Env> implements ProjectRpc {
  #opened: ProjectPorts | null = null;
  readonly #drive = singleFlight(() => drive(this.#ports, projectConnections(this.ctx.storage, this.env, this.#ports)));

  async authenticate(secretHash: string): Answer<"authenticate"> {
    return this.#exists ? tokens.authenticate(this.#ports, secretHash) : null;
  }
  async createToken(by: Principal, token: NewToken): Answer<"createToken"> {
    return tokens.createToken(this.#ports, by, token);
  }
  async tokens(): Answer<"tokens"> {
    return tokens.listTokens(this.#ports);
  }
  async revokeToken(by: Principal, id: string): Answer<"revokeToken"> {
    return tokens.revokeToken(this.#ports, by, id);
  }
  async users(): Answer<"users"> {
    return users.listUsers(this.#ports);
  }
  async putUser(by: Principal, user: User): Answer<"putUser"> {
    return users.putUser(this.#ports, by, user);
  }
  async deleteUser(by: Principal, id: string): Answer<"deleteUser"> {
    return users.deleteUser(this.#ports, by, id);
  }
  async shardMap(): Answer<"shardMap"> {
    return readShardMap(this.#ports);
  }
  async growShards(by: Principal, count: number): Answer<"growShards"> {
    return this.#changed(core.growShards(this.#ports, by, count));
  }
  async splitSender(sender: string, by?: Principal): Answer<"splitSender"> {
    return this.#changed(core.splitSender(this.#ports, sender, by));
  }
  async shardConfig(): Answer<"shardConfig"> {
    return readShardConfig(this.#ports);
  }
  async ruleGroups(): Answer<"ruleGroups"> {
    return listRuleGroups(this.#ports);
  }
  async putRuleGroup(by: Principal, group: RuleGroup): Answer<"putRuleGroup"> {
    return this.#changed(core.putRuleGroup(this.#ports, by, group));
  }
  async putRuleFile(by: Principal, text: string, only?: string): Answer<"putRuleFile"> {
    return this.#changed(core.putRuleFile(this.#ports, by, text, only));
  }
  async deleteRuleGroup(by: Principal, name: string): Answer<"deleteRuleGroup"> {
    return this.#changed(core.removeRuleGroup(this.#ports, by, name));
  }
  async slos(): Answer<"slos"> {
    return listSlos(this.#ports);
  }
  async putSlo(by: Principal, slo: Slo): Answer<"putSlo"> {
    return this.#changed(core.storeSlo(this.#ports, by, slo));
  }
  async deleteSlo(by: Principal, id: string): Answer<"deleteSlo"> {
    return this.#changed(core.removeSlo(this.#ports, by, id));
  }
  async receive(_shard: string, transitions: readonly AlertTransition[]): Promise<void> {
    this.#changed(core.receiveTransitions(this.#ports, transitions));
  }
  async alerts(filter: Parameters<ProjectRpc["alerts"]>[0]): Answer<"alerts"> {
    return core.readAlerts(this.#ports, filter);
  }
  async alert(id: string): Promise<Alert | null> {
    return core.readAlert(this.#ports, id);
  }
  async acknowledge(by: Principal, id: string, note: string | null): Answer<"acknowledge"> {
    return this.#changed(core.acknowledge(this.#ports, by, id, note));
  }
  async resolve(by: Principal, id: string): Answer<"resolve"> {
    return this.#changed(core.resolveByHand(this.#ports, by, id));
  }
  async silences(): Answer<"silences"> {
    return listSilences(this.#ports);
  }
  async silence(by: Principal, request: SilenceRequest): Answer<"silence"> {
    return this.#changed(core.silence(this.#ports, by, request));
  }
  async expireSilence(by: Principal, id: string): Answer<"expireSilence"> {
    return this.#changed(core.expireSilence(this.#ports, by, id));
  }
  async receivers(): Answer<"receivers"> {
    return receivers.listReceivers(this.#ports);
  }
  async putReceiver(by: Principal, receiver: WebhookReceiver): Answer<"putReceiver"> {
    return receivers.putReceiver(this.#ports, by, receiver, outboundPolicy(this.env.ALLOW_OUTBOUND));
  }
  async deleteReceiver(by: Principal, name: string): Answer<"deleteReceiver"> {
    return receivers.deleteReceiver(this.#ports, by, name);
  }
  async issueTicket(principal: Principal): Promise<string> {
    return tickets.issueTicket(this.#ports, principal);
  }
  async redeemTicket(ticket: string): Answer<"redeemTicket"> {
    return this.#exists ? tickets.redeemTicket(this.#ports, ticket) : null;
  }
  async audit(limit: number): Answer<"audit"> {
    return readAudit(this.#ports, limit);
  }
  override async alarm(): Promise<void> {
    pruneAlerts(this.#ports);
    await this.#drive();
  }

  /** Asked before anything that strangers can call, so that guessed names create nothing. */
  get #exists(): boolean {
    return this.#opened !== null || core.projectExists(new DurableObjectDatabase(this.ctx.storage));
  }
  get #ports(): ProjectPorts {
    this.#opened ??= core.openProject(projectSurroundings(this.ctx.storage), this.ctx.id.name, defaultRuleGroups());
    return this.#opened;
  }

  /** Nothing waits for deliveries; what is in the outbox survives the object. */
  #changed<T>(answer: T): T {
    this.ctx.waitUntil(this.#drive());
    return answer;
  }
}
