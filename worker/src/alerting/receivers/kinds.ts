import type { Integration } from "@sightline/shared/alerting/receiver";
import { discord } from "./discord.ts";
import { email } from "./email.ts";
import type { IntegrationKind } from "./integration-kind.ts";
import { opsgenie } from "./opsgenie.ts";
import { pagerduty } from "./pagerduty.ts";
import { slack } from "./slack.ts";
import { teams } from "./teams.ts";
import { webhook } from "./webhook.ts";

type Kinds = { readonly [Type in Integration["type"]]: IntegrationKind<Extract<Integration, { readonly type: Type }>> };

const KINDS: Kinds = { webhook, slack, discord, teams, pagerduty, opsgenie, email };

/** The kind of an integration, for that integration: the table's type pairs each name with its settings. */
export const kindOf = (type: Integration["type"]): IntegrationKind => KINDS[type] as unknown as IntegrationKind;
