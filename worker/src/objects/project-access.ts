import type { Principal, User } from "@sightline/shared/model/principal";
import { outboundPolicy } from "../alerting/outbound-address.ts";
import { readAudit } from "../project/audit-log.ts";
import * as tickets from "../project/tickets.ts";
import * as tokens from "../project/tokens.ts";
import * as users from "../project/users.ts";
import { ProjectShell } from "./project-shell.ts";
import type { NewToken, ProjectRpc } from "./rpc.ts";

type Answer<Method extends keyof ProjectRpc> = ReturnType<ProjectRpc[Method]>;

/** Who may do what, and who did: tokens, tickets, users, audit log. */
export abstract class ProjectAccess extends ProjectShell {
  async authenticate(secretHash: string): Answer<"authenticate"> {
    return this.exists ? tokens.authenticate(this.ports, secretHash) : null;
  }
  async noteTokenUse(id: string): Answer<"noteTokenUse"> {
    tokens.noteTokenUse(this.ports, id);
  }
  async createToken(by: Principal, token: NewToken): Answer<"createToken"> {
    return tokens.createToken(this.ports, by, token);
  }
  async tokens(): Answer<"tokens"> {
    return tokens.listTokens(this.ports);
  }
  async revokeToken(by: Principal, id: string): Answer<"revokeToken"> {
    return tokens.revokeToken(this.ports, by, id);
  }
  async users(): Answer<"users"> {
    return users.listUsers(this.ports);
  }
  async putUser(by: Principal, user: User): Answer<"putUser"> {
    return users.putUser(this.ports, by, user, outboundPolicy(this.env.ALLOW_OUTBOUND));
  }
  async deleteUser(by: Principal, id: string): Answer<"deleteUser"> {
    return users.deleteUser(this.ports, by, id);
  }
  async issueTicket(principal: Principal): Promise<string> {
    return tickets.issueTicket(this.ports, principal);
  }
  async redeemTicket(ticket: string): Answer<"redeemTicket"> {
    return this.exists ? tickets.redeemTicket(this.ports, ticket) : null;
  }
  async audit(limit: number): Answer<"audit"> {
    return readAudit(this.ports, limit);
  }
}
