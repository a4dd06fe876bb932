import type { CapacitySettings } from "@sightline/shared/model/capacity";
import type { Principal } from "@sightline/shared/model/principal";
import type { RuleGroup } from "@sightline/shared/model/rule";
import type { Slo } from "@sightline/shared/model/slo";
import { anomalyAnswers } from "../project/anomaly-answers.ts";
import * as answers from "../project/answer-anomaly.ts";
import * as capacity from "../project/capacity-settings.ts";
import { putPins } from "../project/pinned-series.ts";
import * as core from "../project/project-core.ts";
import { readPins } from "../project/read-pins.ts";
import { listRuleGroups } from "../project/rule-groups.ts";
import { readShardConfig } from "../project/shard-configuration.ts";
import { readShardMap } from "../project/shard-map.ts";
import { listSlos } from "../project/slos.ts";
import { Quarantine } from "../storage/quarantine.ts";
import { ProjectAlertmanager } from "./project-alertmanager.ts";
import type { ProjectRpc } from "./rpc.ts";

type Answer<Method extends keyof ProjectRpc> = ReturnType<ProjectRpc[Method]>;

/** The control plane of one project, one family of calls per class below; here what shards are configured with. */
export class Project extends ProjectAlertmanager implements ProjectRpc {
  async problems(): Answer<"problems"> {
    return new Quarantine(this.ports.database).problems();
  }
  async shardMap(): Answer<"shardMap"> {
    return readShardMap(this.ports);
  }
  async growShards(by: Principal, count: number): Answer<"growShards"> {
    return this.changed(core.growShards(this.ports, by, count));
  }
  async splitSender(sender: string, by?: Principal): Answer<"splitSender"> {
    return this.changed(core.splitSender(this.ports, sender, by));
  }
  async shardConfig(): Answer<"shardConfig"> {
    return readShardConfig(this.ports);
  }
  async ruleGroups(): Answer<"ruleGroups"> {
    return listRuleGroups(this.ports);
  }
  async putRuleGroup(by: Principal, group: RuleGroup): Answer<"putRuleGroup"> {
    return this.changed(core.putRuleGroup(this.ports, by, group));
  }
  async putRuleFile(by: Principal, text: string, only?: string): Answer<"putRuleFile"> {
    return this.changed(core.putRuleFile(this.ports, by, text, only));
  }
  async deleteRuleGroup(by: Principal, name: string): Answer<"deleteRuleGroup"> {
    return this.changed(core.removeRuleGroup(this.ports, by, name));
  }
  async slos(): Answer<"slos"> {
    return listSlos(this.ports);
  }
  async putSlo(by: Principal, slo: Slo): Answer<"putSlo"> {
    return this.changed(core.storeSlo(this.ports, by, slo));
  }
  async deleteSlo(by: Principal, id: string): Answer<"deleteSlo"> {
    return this.changed(core.removeSlo(this.ports, by, id));
  }
  async anomalyAnswers(): Answer<"anomalyAnswers"> {
    return anomalyAnswers(this.ports);
  }
  async answerAnomalies(...[by, anomalies, verdict]: Parameters<ProjectRpc["answerAnomalies"]>): Answer<"answerAnomalies"> {
    return this.changed(answers.answerAnomalies(this.ports, by, anomalies, verdict));
  }
  async takeBackAnswers(by: Principal, ids: readonly string[]): Answer<"takeBackAnswers"> {
    return this.changed(answers.takeBackAnswers(this.ports, by, ids));
  }
  async pins(): Answer<"pins"> {
    return readPins(this.ports);
  }
  async putPins(by: Principal, selectors: readonly string[]): Answer<"putPins"> {
    return this.changed(putPins(this.ports, by, selectors));
  }
  async capacitySettings(): Answer<"capacitySettings"> {
    return capacity.readCapacitySettings(this.ports);
  }
  async putCapacitySettings(by: Principal, settings: CapacitySettings): Answer<"putCapacitySettings"> {
    return capacity.putCapacitySettings(this.ports, by, settings);
  }
  async forgetCapacitySettings(by: Principal): Answer<"forgetCapacitySettings"> {
    capacity.forgetCapacitySettings(this.ports, by);
    return null;
  }
}
