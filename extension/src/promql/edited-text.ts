/** Which documents hold PromQL: rule files and queries of their own. No vscode, so that it is tested without an editor. */
import { type Completions, completeQuery } from "@sightline/shared/promql/editor/complete";
import { type Description, describeWord } from "@sightline/shared/promql/editor/describe";
import { diagnoseQuery } from "@sightline/shared/promql/editor/diagnose";
import type { Diagnostic } from "@sightline/shared/promql/editor/diagnostic";
import type { PromqlMetadata } from "@sightline/shared/promql/editor/metadata";
import { completeInRuleFile, describeInRuleFile, diagnoseRuleFile } from "@sightline/shared/promql/editor/rule-file";

export type EditedKind = "query" | "rules";

const RULE_FILE = /(^|[./_-])(rules?|alerts?|alerting|recording)([._-][\w.-]*)?\.ya?ml$/i;
const RULE_GROUPS = /^groups:\s*(#.*)?$/m;
const RULE = /^\s*-?\s*(expr|alert|record|metric):/m;
/** Whether experimental functions are on is the server's to say; it refuses what it does not have. */
const QUERY_OPTIONS = { experimentalFunctions: true };

/** A rule file is told by its name or its folder together with its groups: other YAML has other tools. Null for everything else. */
export function editedKind(languageId: string, path: string, text: string): EditedKind | null {
  if (languageId === "promql") return "query";
  if (languageId !== "yaml" || !RULE_GROUPS.test(text)) return null;
  return RULE_FILE.test(path) || /\/rules\//.test(path) || RULE.test(text) ? "rules" : null;
}

export const diagnoseText = (kind: EditedKind, text: string, metadata: PromqlMetadata | null): Promise<readonly Diagnostic[]> =>
  kind === "rules" ? diagnoseRuleFile(text, metadata) : diagnoseQuery(text, metadata, QUERY_OPTIONS);

export const completeText = (
  kind: EditedKind,
  text: string,
  offset: number,
  metadata: PromqlMetadata | null,
): Promise<Completions | null> =>
  kind === "rules" ? completeInRuleFile(text, offset, metadata) : completeQuery(text, offset, metadata, QUERY_OPTIONS);

export const describeText = (
  kind: EditedKind,
  text: string,
  offset: number,
  metadata: PromqlMetadata | null,
): Promise<Description | null> => (kind === "rules" ? describeInRuleFile(text, offset, metadata) : describeWord(text, offset, metadata));
