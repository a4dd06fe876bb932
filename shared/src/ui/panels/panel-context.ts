import type { DataSource, Disposable } from "../../api/data-source.ts";
import type { CompileExpression } from "../live/expression.ts";
import type { DeployFeed } from "../live/deploy-feed.ts";
import type { AttentionFeed } from "../live/attention-feed.ts";

/** What every panel of a dashboard shares. */
export interface PanelContext {
  readonly dataSource: DataSource;
  readonly compile: CompileExpression;
  readonly attention: AttentionFeed;
  readonly deploys: DeployFeed;
  readonly now: () => number;
  readonly rangeMs: number;
  readonly variables: Readonly<Record<string, string>>;
  readonly syncKey: string;
}

export interface MountedPanel extends Disposable {
  readonly body: HTMLElement;
}
