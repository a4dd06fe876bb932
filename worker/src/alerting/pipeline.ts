import type { TraceStage } from "@sightline/shared/alerting/trace";
import type { RoutedAlert } from "./routed-alert.ts";
import type { FlushContext, HeldAlert, Stage } from "./stage.ts";
import { acknowledgedStage } from "./stages/acknowledged.ts";
import { flapStage } from "./stages/flap.ts";
import { inhibitStage } from "./stages/inhibit.ts";
import { muteStage } from "./stages/mute.ts";
import { silenceStage } from "./stages/silence.ts";
import { snoozeStage } from "./stages/snooze.ts";
import { topologyStage } from "./stages/topology.ts";

/** In this order, over each group that is due; before them the route, after them dedup for each integration, then delivery from the outbox. */
const STAGES: readonly Stage[] = [inhibitStage, topologyStage, silenceStage, acknowledgedStage, snoozeStage, muteStage, flapStage];

export interface PipelineOutcome {
  readonly passed: readonly RoutedAlert[];
  readonly held: readonly HeldAlert[];
  /** What stages said about those they let through. */
  readonly remarks: readonly { readonly stage: TraceStage; readonly remark: string; readonly alerts: readonly RoutedAlert[] }[];
  /** When the clock alone may change what was held, ms. */
  readonly againAt: number | null;
}

export function runStages(alerts: readonly RoutedAlert[], context: FlushContext, stages: readonly Stage[] = STAGES): PipelineOutcome {
  let passed = alerts;
  let againAt: number | null = null;
  const held: HeldAlert[] = [];
  const remarks: PipelineOutcome["remarks"][number][] = [];
  for (const stage of stages) {
    if (passed.length === 0) break;
    const outcome = stage.run(passed, context);
    passed = outcome.passed;
    held.push(...outcome.held);
    if (outcome.remark !== undefined && passed.length > 0) remarks.push({ stage: stage.name, remark: outcome.remark, alerts: passed });
    if (outcome.againAt !== undefined) againAt = againAt === null ? outcome.againAt : Math.min(againAt, outcome.againAt);
  }
  return { passed, held, remarks, againAt };
}
