import { z } from "@hono/zod-openapi";
import type { PastAlert } from "@sightline/shared/api/backtest";
import { runBacktest } from "../backtest/run-backtest.ts";
import { projectStub } from "../objects/stubs.ts";
import { type App, declareRoute } from "./declare-route.ts";
import { HttpFailure, unwrap } from "./http-failure.ts";
import { durationMs } from "./prometheus-time.ts";
import { askShards, coordinatorOf } from "./shards.ts";

const WEEK_MS = 7 * 86_400_000;
const LONGEST_MS = 90 * 86_400_000;
const MOST_ALERTS = 1000;

const RuleFile = z.union([z.string().min(1), z.record(z.string(), z.unknown()), z.array(z.unknown())]);

const BacktestBody = z.strictObject({
  rules: RuleFile.openapi({ description: "a rule file, as YAML text or JSON; one rule alone will do" }),
  compare: RuleFile.optional().openapi({ description: "rules with other settings to run over the same time" }),
  since: z.string().optional().openapi({ description: "how far back from now, such as 7d; 7d when absent" }),
  start: z.number().optional().openapi({ description: "ms, instead of since" }),
  end: z.number().optional().openapi({ description: "ms; now when absent" }),
});

type Body = z.infer<typeof BacktestBody>;

const textOf = (file: Body["rules"]): string => (typeof file === "string" ? file : JSON.stringify(file));

function rangeOf({ since, start, end = Date.now() }: Body): { startMs: number; endMs: number } {
  if (since !== undefined && start !== undefined) throw new HttpFailure("bad_request", "Give since or start, not both.");
  const backMs = since === undefined ? WEEK_MS : durationMs(since);
  if (backMs === null || backMs <= 0)
    throw new HttpFailure("bad_request", `since is ${JSON.stringify(since)}; give a duration such as 7d.`);
  const startMs = start ?? end - backMs;
  if (startMs >= end) throw new HttpFailure("bad_request", "start is not before end; swap them.");
  if (end - startMs > LONGEST_MS) throw new HttpFailure("limit_exceeded", "A backtest covers at most 90 days; ask for less.");
  return { startMs, endMs: end };
}

export function backtestRoutes(app: App): void {
  declareRoute(
    app,
    {
      method: "post",
      path: "/v1/backtest",
      role: "viewer",
      summary:
        "When rules would have fired over a past, for how long, beside which alerts, how much of it noise, and what would be quieter",
      body: BacktestBody,
    },
    async ({ c, principal, body }) => {
      const range = rangeOf(body);
      const project = projectStub(c.env, principal.project);
      const told = await project.alerts({
        states: ["firing", "acknowledged", "resolved"],
        limit: MOST_ALERTS,
      });
      const alerts = told.flatMap(({ id, name, firedAt, resolvedAt }): PastAlert[] =>
        firedAt === null || firedAt > range.endMs || (resolvedAt ?? Infinity) < range.startMs
          ? []
          : [{ id, name, start: firedAt, end: resolvedAt }],
      );
      const question = {
        ...range,
        rules: textOf(body.rules),
        compare: body.compare === undefined ? undefined : textOf(body.compare),
        alerts,
        groups: await project.ruleGroups(),
      };
      const response = await runBacktest(question, {
        eachShard: (test) => askShards(c.env, principal.project, (shard) => shard.backtest(test)),
        acrossShards: async (test) => {
          const { shard, among } = await coordinatorOf(c.env, principal.project, test.rule.expr);
          return shard.backtest(test, among);
        },
      });
      return Response.json(unwrap(response));
    },
  );
}
