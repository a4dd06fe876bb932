import type { Focus } from "../dashboard/panel-protocol.ts";
import { visibleText } from "@sightline/shared/format/visible-text";
import type { Alert } from "@sightline/shared/model/alert";

/** A row of a tree before VS Code has seen it. `color` is a theme colour id, `icon` a codicon. */
export interface TreeNode {
  readonly id: string;
  readonly label: string;
  readonly description?: string;
  /** Markdown. */
  readonly tooltip?: string;
  readonly icon?: string;
  readonly color?: string;
  readonly contextValue?: string;
  readonly children?: readonly TreeNode[];
  readonly expanded?: boolean;
  /** What inline actions of alert rows act on. */
  readonly alert?: Alert;
  /** Of the incident that the row stands for. */
  readonly incidentId?: string;
  /** Of the anomaly that the row stands for. */
  readonly anomalyId?: string;
  /** Of the insight of several series that the row stands for. */
  readonly insightId?: string;
  /** What a click on the row draws. */
  readonly chart?: Focus;
  /** Of the series that the row is about. */
  readonly selector?: string;
}

/** Label values come from outside: none of them may become a link or markup in a tooltip. */
export const escapeMarkdown = (text: string): string => visibleText(text).replace(/[\\`*_{}[\]()#+\-.!|<>~]/g, "\\$&");
