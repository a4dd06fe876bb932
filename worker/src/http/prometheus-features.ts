import { EXPERIMENTAL_AGGREGATIONS, FUNCTIONS } from "@sightline/shared/promql/functions/signatures";
import { shardProfile } from "../shard/profile.ts";
import { type App, declareRoute } from "./declare-route.ts";

type Flags = Record<string, boolean>;

const all = (names: string, value: boolean): Flags => Object.fromEntries(names.split(" ").map((name) => [name, value]));

/** `/api/v1/features` of Prometheus 3.8: what is there to be used, by its names. */
const featuresOf = (experimental: boolean): Readonly<Record<string, Flags>> => ({
  api: {
    ...all(
      "exclude_alerts label_values_match otlp_write_receiver query_stats query_warnings remote_write_receiver time_range_labels time_range_series",
      true,
    ),
    ...all("admin lifecycle", false),
    "openapi_3.1": true,
    "openapi_3.2": false,
  },
  promql: {
    ...all(
      "at_modifier bool by group_left group_right ignoring negative_offset offset on per_query_lookback_delta subqueries without",
      true,
    ),
    ...all("anchored delayed_name_removal duration_expr fill fill_left fill_right smoothed", true),
    ...all("per_step_stats type_and_unit_labels", false),
  },
  promql_functions: Object.fromEntries(Array.from(FUNCTIONS, ([name, signature]) => [name, experimental || !signature.experimental])),
  promql_operators: {
    ...all("!= !~ % * + - / < <= == =~ > >= @ ^ </ >/ and atan2 or unless", true),
    ...all("avg bottomk count count_values group max min quantile stddev stdvar sum topk", true),
    ...Object.fromEntries(Array.from(EXPERIMENTAL_AGGREGATIONS, (name) => [name, experimental])),
  },
  rules: { concurrent_rule_eval: false, keep_firing_for: true, query_offset: true },
  tsdb: { exemplar_storage: true, isolation: true, native_histograms: true },
});

export function prometheusFeatureRoutes(app: App): void {
  declareRoute(
    app,
    { method: "get", path: "/api/v1/features", role: "viewer", summary: "Features by Prometheus's names" },
    async ({ c }) => {
      const { experimentalFunctions } = shardProfile(c.env.PROFILE, c.env.ENABLE_FEATURE);
      return Response.json({ status: "success", data: featuresOf(experimentalFunctions) });
    },
  );
}
