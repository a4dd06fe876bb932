import type { EffectiveRoute } from "@sightline/shared/alerting/route-tree";
import type { TimeInterval } from "@sightline/shared/alerting/routing";
import type { HoldingStage } from "@sightline/shared/model/alert";
import type { Silence } from "../objects/rpc.ts";
import type { Inhibition } from "./inhibition.ts";
import type { RoutedAlert } from "./routed-alert.ts";

/** What stages may look at; all of it is of the moment of the flush. */
export interface FlushContext {
  readonly nowMs: number;
  readonly route: EffectiveRoute;
  readonly inhibition: Inhibition;
  readonly silences: readonly Silence[];
  readonly timeIntervals: readonly TimeInterval[];
  /** From the topology: why an alert is only the consequence of another; null when it is not. Absent while no topology is known. */
  readonly suppressors?: (alert: RoutedAlert) => string | null;
}

export interface HeldAlert {
  readonly alert: RoutedAlert;
  readonly stage: HoldingStage;
  /** A sentence. */
  readonly reason: string;
}

interface StageOutcome {
  readonly passed: readonly RoutedAlert[];
  readonly held: readonly HeldAlert[];
  /** Why the stage let pass what it did, where it had anything to judge by. */
  readonly remark?: string;
  /** When the clock alone may change the stage's mind, ms. */
  readonly againAt?: number;
}

/** A named step of the pipeline: says what it let through, and why not the rest. */
export interface Stage {
  readonly name: HoldingStage;
  readonly run: (alerts: readonly RoutedAlert[], context: FlushContext) => StageOutcome;
}

/** A stage that judges one alert at a time: null lets it through, a sentence holds it. `remark` is absent where the stage has nothing to judge by. */
export function judging(
  name: HoldingStage,
  remark: (context: FlushContext) => string | undefined,
  reasonToHold: (alert: RoutedAlert, context: FlushContext) => string | null,
): Stage {
  return {
    name,
    run(alerts, context) {
      const passed: RoutedAlert[] = [];
      const held: HeldAlert[] = [];
      for (const alert of alerts) {
        const reason = reasonToHold(alert, context);
        if (reason === null) passed.push(alert);
        else held.push({ alert, stage: name, reason });
      }
      const said = remark(context);
      return said === undefined ? { passed, held } : { passed, held, remark: said };
    },
  };
}
