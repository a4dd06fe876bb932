/**
 * The rules a project starts with. Thresholds are those of the product's published list; every rule says what it means
 * and what to do. Series that a project does not send keep their rule silent at no cost.
 */
import type { RuleGroup } from "@sightline/shared/model/rule";
import { cache } from "./default-rules/cache.ts";
import { disk, host } from "./default-rules/host.ts";
import { certificates, http } from "./default-rules/http.ts";
import { nodeService } from "./default-rules/node-service.ts";
import { postgresql } from "./default-rules/postgresql.ts";
import { agent, security, self } from "./default-rules/sightline.ts";

const GROUPS: readonly RuleGroup[] = [host, disk, http, certificates, nodeService, postgresql, cache, agent, self, security];

export const defaultRuleGroups = (): readonly RuleGroup[] => GROUPS;
