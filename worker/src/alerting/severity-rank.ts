import { SEVERITIES } from "@sightline/shared/model/alert";
import type { GroupNotification } from "./group-notification.ts";
import { gravest } from "./receivers/severity.ts";

/** From here on a message goes before all others of its channel. */
export const SEVERE = SEVERITIES.indexOf("critical");

/** By which messages go: the place of the gravest that fires among SEVERITIES; what is over can wait. */
export const severityOf = ({ status, alerts }: Pick<GroupNotification, "status" | "alerts">): number =>
  status === "firing" ? SEVERITIES.indexOf(gravest(alerts)) : 0;
