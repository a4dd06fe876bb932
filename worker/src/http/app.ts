import { OpenAPIHono } from "@hono/zod-openapi";
import { acknowledgeLinkRoutes } from "./acknowledge-link.ts";
import { alertActionRoutes } from "./alert-actions.ts";
import { alertmanagerAlertRoutes } from "./alertmanager-alerts.ts";
import { alertmanagerSilenceRoutes } from "./alertmanager-silences.ts";
import { alertmanagerStatusRoutes } from "./alertmanager-status.ts";
import { alertRoutes } from "./alerts.ts";
import { analyticsRoutes } from "./analytics.ts";
import { backtestRoutes } from "./backtest.ts";
import { anomalyFeedbackRoutes } from "./anomaly-feedback.ts";
import { anomalyPinRoutes } from "./anomaly-pins.ts";
import { capacityRoutes } from "./capacity.ts";
import { answerFailure } from "./answer-failure.ts";
import { applyRoutes } from "./apply.ts";
import { auditRoutes } from "./audit.ts";
import { deployRoutes } from "./deploys.ts";
import { insightRoutes } from "./insights.ts";
import { incidentRoutes } from "./incidents.ts";
import { cors } from "./cors.ts";
import { deadLetterRoutes } from "./dead-letters.ts";
import { errorResponse, familyOf } from "./error-body.ts";
import { exemplarRoutes } from "./exemplars.ts";
import { exportRoutes } from "./export.ts";
import { federateRoutes } from "./federate.ts";
import { frameRoutes } from "./frames.ts";
import { healthRoutes } from "./health.ts";
import type { HttpEnv } from "./http-env.ts";
import { HttpFailure } from "./http-failure.ts";
import { influxRoutes } from "./influx.ts";
import { ingestRoutes } from "./ingest.ts";
import { otlpRoutes } from "./otlp.ts";
import { liveRoutes } from "./live.ts";
import { onCallRoutes } from "./on-call.ts";
import { openApiRoutes } from "./openapi.ts";
import { ownMetricsRoutes } from "./own-metrics.ts";
import { templateRoutes } from "./notification-templates.ts";
import { pageRoutes } from "./page.ts";
import { prometheusAlertRoutes } from "./prometheus-alerts.ts";
import { prometheusQueryRoutes } from "./prometheus-query.ts";
import { prometheusSeriesRoutes } from "./prometheus-series.ts";
import { prometheusStatusRoutes } from "./prometheus-status.ts";
import { prometheusFeatureRoutes } from "./prometheus-features.ts";
import { promqlEditorRoutes } from "./promql-editor.ts";
import { receiverRoutes } from "./receivers.ts";
import { countRequests } from "./request-metrics.ts";
import { methodsAt } from "./route-methods.ts";
import { remoteReadRoutes } from "./remote-read.ts";
import { remoteWriteRoutes } from "./remote-write.ts";
import { routingRoutes } from "./routes.ts";
import { ruleRoutes } from "./rules.ts";
import { securityHeaders } from "./security-headers.ts";
import { shardMapRoutes } from "./shard-map.ts";
import { silenceRoutes } from "./silences.ts";
import { sloRoutes } from "./slos.ts";
import { snapshotRoutes } from "./snapshot.ts";
import { statusRoutes } from "./status.ts";
import { tokenRoutes } from "./tokens.ts";
import { trendRoutes } from "./trends.ts";
import { topologyRoutes } from "./topology.ts";
import { userRoutes } from "./users.ts";

const isRead = (method: string): boolean => method === "GET" || method === "HEAD";

/** The whole HTTP surface. Every family is a function that declares its routes; nothing here knows what they do. */
export function createApp(): OpenAPIHono<HttpEnv> {
  const app = new OpenAPIHono<HttpEnv>();
  app.use(securityHeaders, countRequests, cors);
  for (const family of [
    healthRoutes,
    ownMetricsRoutes,
    prometheusQueryRoutes,
    prometheusSeriesRoutes,
    prometheusAlertRoutes,
    prometheusStatusRoutes,
    alertmanagerStatusRoutes,
    alertmanagerAlertRoutes,
    alertmanagerSilenceRoutes,
    prometheusFeatureRoutes,
    promqlEditorRoutes,
    federateRoutes,
    remoteReadRoutes,
    ingestRoutes,
    remoteWriteRoutes,
    otlpRoutes,
    influxRoutes,
    frameRoutes,
    exportRoutes,
    exemplarRoutes,
    analyticsRoutes,
    trendRoutes,
    anomalyFeedbackRoutes,
    anomalyPinRoutes,
    capacityRoutes,
    insightRoutes,
    backtestRoutes,
    snapshotRoutes,
    sloRoutes,
    ruleRoutes,
    alertRoutes,
    alertActionRoutes,
    routingRoutes,
    silenceRoutes,
    receiverRoutes,
    deadLetterRoutes,
    templateRoutes,
    userRoutes,
    onCallRoutes,
    acknowledgeLinkRoutes,
    deployRoutes,
    incidentRoutes,
    topologyRoutes,
    applyRoutes,
    tokenRoutes,
    liveRoutes,
    statusRoutes,
    shardMapRoutes,
    auditRoutes,
    openApiRoutes,
    pageRoutes,
  ]) {
    family(app);
  }
  app.notFound((c) => {
    const { pathname, search } = new URL(c.req.url);
    // As Prometheus does, for clients that put a path behind an address that ends in a slash; a body is sent again with it.
    if (pathname.includes("//")) return c.redirect(pathname.replace(/\/{2,}/g, "/") + search, isRead(c.req.method) ? 301 : 308);
    const methods = methodsAt(app.routes, c.req.path);
    const failure =
      methods.length === 0
        ? new HttpFailure(
            "unknown_route",
            `There is no route ${c.req.path}. GET /docs lists what there is; check the spelling and the version prefix.`,
          )
        : new HttpFailure("method_not_allowed", `${c.req.path} answers ${methods.join(", ")}, not ${c.req.method}.`, {
            headers: { allow: methods.join(", ") },
          });
    return errorResponse(familyOf(c.req.path, c.req.header("content-type")), failure.failure, failure.headers);
  });
  app.onError((error, c) => answerFailure(error, c.req.raw, c.req.path, c.env, c.get("requestId")));
  return app;
}
