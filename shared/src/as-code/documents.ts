import type { Receiver } from "../alerting/receiver.ts";
import type { RoutingForm } from "../alerting/routing-form.ts";
import type { DeclaredDependencies } from "../api/incident-responses.ts";
import type { SilenceRequest } from "../api/responses.ts";
import type { TemplateFile } from "../api/receiver-responses.ts";
import type { CapacitySettings } from "../model/capacity.ts";
import type { User } from "../model/principal.ts";
import type { RuleGroup } from "../model/rule.ts";
import type { Slo } from "../model/slo.ts";
import type { EscalationPolicy } from "../on-call/policy.ts";
import type { Schedule } from "../on-call/schedule.ts";

/** What can be configured by files, each kind with what one document of it is. */
export interface DocumentOf {
  readonly user: User;
  /** Overrides that are not given are those there are. */
  readonly schedule: Omit<Schedule, "overrides"> & Partial<Schedule>;
  readonly template: TemplateFile;
  /** Secrets that are left out are those there are. */
  readonly receiver: Receiver;
  readonly policy: EscalationPolicy;
  /** One document, whose name is `routes`: the whole tree with inhibition rules and time intervals. */
  readonly routes: RoutingForm;
  readonly rules: RuleGroup;
  /** One document, whose name is `capacity`. */
  readonly capacity: CapacitySettings;
  /** One document, whose name is `pins`: selectors of series that the rich tier of detectors takes first. */
  readonly pins: readonly string[];
  /** One whose end has come is over; one that begins at no said time began when it was first put. */
  readonly silence: Omit<SilenceRequest, "id" | "author"> & { readonly name: string };
  readonly slo: Slo;
  /** What one service needs, beside what labels and deploys say. */
  readonly dependencies: DeclaredDependencies;
}
export type DocumentKind = keyof DocumentOf;

/** One document to be put; `path` is the file that says so. */
export type NamedDocument = {
  readonly [K in DocumentKind]: { readonly kind: K; readonly name: string; readonly path: string; readonly document: DocumentOf[K] };
}[DocumentKind];

/** Rule files travel as they are: the project reads them. */
export interface RuleFileText {
  readonly kind: "rule file";
  readonly path: string;
  readonly text: string;
}

export interface ApplyOptions {
  /** Says what would change and changes nothing. */
  readonly dryRun: boolean;
  /** Removes what an earlier apply put and these files no longer hold. Nothing made by hand is removed. */
  readonly prune: boolean;
}
