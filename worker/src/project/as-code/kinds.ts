import type { DocumentKind, DocumentOf } from "@sightline/shared/as-code/documents";
import type { Principal } from "@sightline/shared/model/principal";
import { type Receiver, withoutSecrets } from "@sightline/shared/alerting/receiver";
import { type Result, ok } from "@sightline/shared/model/result";
import { formatMatcher } from "@sightline/shared/alerting/matcher-text";
import type { OutboundPolicy } from "../../alerting/outbound-address.ts";
import { matchersOf } from "../../alerting/silence-matching.ts";
import type { Silence } from "../../objects/rpc.ts";
import { forgetCapacitySettings, hasCapacitySettings, putCapacitySettings, readCapacitySettings } from "../capacity-settings.ts";
import { declareDependencies, findDeclared, takeBackDependencies } from "../incidents/declared.ts";
import { deleteTemplate, listTemplates, putTemplate } from "../notification-templates.ts";
import { deletePolicy, findPolicy, putPolicy } from "../on-call/policies.ts";
import { deleteSchedule, findSchedule, putSchedule } from "../on-call/schedules.ts";
import { putRuleGroup, removeRuleGroup, removeSlo, storeSlo } from "../project-core.ts";
import { putPins } from "../pinned-series.ts";
import type { ProjectPorts } from "../project-ports.ts";
import { readPins } from "../read-pins.ts";
import { deleteReceiver } from "../receiver-deliveries.ts";
import { findReceiver, putReceiver } from "../receivers.ts";
import { hasRouting } from "../routing.ts";
import { deleteRoutes, putRoutes, readRoutes } from "../routing-actions.ts";
import { listRuleGroups } from "../rule-groups.ts";
import { expireSilence, silence } from "../silence-lifecycle.ts";
import { silenceNamed } from "../silences.ts";
import { listSlos } from "../slos.ts";
import { deleteUser, findUser, putUser } from "../users.ts";

export interface CodePorts extends ProjectPorts {
  /** Where receivers may lead. */
  readonly outbound: OutboundPolicy;
}

export interface KindOf<Document> {
  /** As people may see it, null when there is none of this name. */
  readonly shown: (ports: ProjectPorts, name: string) => unknown;
  /** As it is kept, where that is more than people may see: what tells whether it changed. */
  readonly kept?: (ports: ProjectPorts, name: string) => unknown;
  readonly put: (ports: CodePorts, by: Principal, document: Document) => Result<unknown>;
  readonly remove: (ports: ProjectPorts, by: Principal, name: string) => Result<null>;
}

const shownReceiver = (receiver: Receiver | null): unknown =>
  receiver === null ? null : { ...receiver, integrations: receiver.integrations.map(withoutSecrets) };

const shownSilence = (silence: Silence | null): unknown =>
  silence === null
    ? null
    : {
        matchers: matchersOf(silence).map(formatMatcher),
        startsAt: new Date(silence.startsAt).toISOString(),
        endsAt: new Date(silence.endsAt).toISOString(),
        comment: silence.comment,
      };

/** In the order in which they are put: what is named stands before what names it. Removed in the opposite order. */
export const KINDS: { readonly [K in DocumentKind]: KindOf<DocumentOf[K]> } = {
  user: { shown: findUser, put: (ports, by, user) => putUser(ports, by, user, ports.outbound), remove: deleteUser },
  schedule: {
    // Stand-ins are arranged from day to day, not in files.
    shown: (ports, name) => findSchedule(ports, name)?.layers ?? null,
    put: (ports, by, schedule) =>
      putSchedule(ports, by, { ...schedule, overrides: schedule.overrides ?? findSchedule(ports, schedule.name)?.overrides ?? [] }),
    remove: deleteSchedule,
  },
  template: {
    shown: (ports, name) => listTemplates(ports).find((file) => file.name === name) ?? null,
    put: putTemplate,
    remove: deleteTemplate,
  },
  receiver: {
    shown: (ports, name) => shownReceiver(findReceiver(ports, name)),
    kept: findReceiver,
    put: (ports, by, receiver) => putReceiver(ports, by, receiver, ports.outbound),
    remove: deleteReceiver,
  },
  policy: { shown: findPolicy, put: putPolicy, remove: deletePolicy },
  routes: {
    shown: (ports) => (hasRouting(ports) ? readRoutes(ports) : null),
    put: putRoutes,
    remove(ports, by) {
      deleteRoutes(ports, by);
      return ok(null);
    },
  },
  rules: {
    shown: (ports, name) => listRuleGroups(ports).find((group) => group.name === name) ?? null,
    put: putRuleGroup,
    remove: removeRuleGroup,
  },
  silence: {
    shown: (ports, name) => shownSilence(silenceNamed(ports, name)),
    put(ports, by, document) {
      const before = silenceNamed(ports, document.name);
      if (document.endsAt > ports.now()) return silence(ports, by, before === null ? document : { ...document, id: before.id });
      return before === null ? ok(null) : expireSilence(ports, by, before.id);
    },
    remove(ports, by, name) {
      const before = silenceNamed(ports, name);
      return before === null ? ok(null) : expireSilence(ports, by, before.id);
    },
  },
  capacity: {
    shown: (ports) => (hasCapacitySettings(ports) ? readCapacitySettings(ports) : null),
    put: putCapacitySettings,
    remove(ports, by) {
      forgetCapacitySettings(ports, by);
      return ok(null);
    },
  },
  pins: {
    shown: (ports) => (readPins(ports).length > 0 ? readPins(ports) : null),
    put: putPins,
    remove(ports, by) {
      const left = putPins(ports, by, []);
      return left.ok ? ok(null) : left;
    },
  },
  slo: { shown: (ports, id) => listSlos(ports).find((slo) => slo.id === id) ?? null, put: storeSlo, remove: removeSlo },
  dependencies: { shown: findDeclared, put: declareDependencies, remove: takeBackDependencies },
};
