import type { Principal } from "@sightline/shared/model/principal";
import type { EscalationPolicy } from "@sightline/shared/on-call/policy";
import * as links from "../project/on-call/links.ts";
import * as policies from "../project/on-call/policies.ts";
import * as schedules from "../project/on-call/schedules.ts";
import { ProjectPipeline } from "./project-pipeline.ts";
import type { ProjectRpc } from "./rpc.ts";

type Answer<Method extends keyof ProjectRpc> = ReturnType<ProjectRpc[Method]>;

/** Who answers for alerts: schedules, escalation policies, and the links that let people answer without signing in. */
export abstract class ProjectOnCall extends ProjectPipeline {
  async onCall(atMs: number): Answer<"onCall"> {
    return schedules.onCallNow(this.ports, atMs);
  }
  async schedules(): Answer<"schedules"> {
    return schedules.listSchedules(this.ports);
  }
  async putSchedule(by: Principal, schedule: Parameters<ProjectRpc["putSchedule"]>[1]): Answer<"putSchedule"> {
    const overrides = schedule.overrides ?? schedules.findSchedule(this.ports, schedule.name)?.overrides ?? [];
    return schedules.putSchedule(this.ports, by, { ...schedule, overrides });
  }
  async deleteSchedule(by: Principal, name: string): Answer<"deleteSchedule"> {
    return schedules.deleteSchedule(this.ports, by, name);
  }
  async addOverride(by: Principal, name: string, override: Parameters<ProjectRpc["addOverride"]>[2]): Answer<"addOverride"> {
    return schedules.addOverride(this.ports, by, name, override);
  }
  async removeOverride(by: Principal, name: string, id: string): Answer<"removeOverride"> {
    return schedules.removeOverride(this.ports, by, name, id);
  }
  async shifts(name: string, startMs: number, endMs: number): Answer<"shifts"> {
    return schedules.readShifts(this.ports, name, startMs, endMs);
  }
  async policies(): Answer<"policies"> {
    return policies.listPolicies(this.ports);
  }
  async putPolicy(by: Principal, policy: EscalationPolicy): Answer<"putPolicy"> {
    return policies.putPolicy(this.ports, by, policy);
  }
  async deletePolicy(by: Principal, name: string): Answer<"deletePolicy"> {
    return policies.deletePolicy(this.ports, by, name);
  }
  async calendarLink(schedule: string): Answer<"calendarLink"> {
    return links.calendarLink(this.ports, schedule);
  }
  async calendar(link: string): Answer<"calendar"> {
    return this.exists ? links.calendar(this.ports, link) : null;
  }
  async linkedAlert(link: string): Answer<"linkedAlert"> {
    return this.exists ? links.linkedAlert(this.ports, link) : null;
  }
  async acknowledgeByLink(link: string): Answer<"acknowledgeByLink"> {
    const answer = this.exists ? links.acknowledgeByLink(this.ports, link) : null;
    return answer === null ? null : this.changed(answer);
  }
}
