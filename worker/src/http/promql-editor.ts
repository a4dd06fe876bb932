import { z } from "@hono/zod-openapi";
import { completeQuery } from "@sightline/shared/promql/editor/complete";
import { describeWord } from "@sightline/shared/promql/editor/describe";
import { diagnoseQuery } from "@sightline/shared/promql/editor/diagnose";
import { completeInRuleFile, describeInRuleFile, diagnoseRuleFile } from "@sightline/shared/promql/editor/rule-file";
import { lineAndColumn } from "@sightline/shared/format/line-and-column";
import { LONGEST_KEPT } from "../query/parsed-queries.ts";
import { shardProfile } from "../shard/profile.ts";
import { type App, type Call, declareRoute } from "./declare-route.ts";
import { HttpFailure } from "./http-failure.ts";
import { letOthersIn } from "./let-others-in.ts";
import { shardsMetadata } from "./shards-metadata.ts";

/** Longer texts are no query and no rule file that a person edits. */
const MOST_CHARACTERS = 500_000;

const EditedText = z.object({
  query: z.string().max(MOST_CHARACTERS).optional().openapi({ description: "A PromQL expression" }),
  rules: z.string().max(MOST_CHARACTERS).optional().openapi({ description: "Instead of `query`: a rule file, as YAML" }),
});

const EditedPosition = EditedText.extend({
  offset: z.number().int().min(0).optional().openapi({ description: "The cursor, in UTF-16 units; the end of the text when absent" }),
});

/** Which of the two is edited; of a long text in its turn. */
async function edited({ query, rules }: z.infer<typeof EditedText>): Promise<{ readonly text: string; readonly isFile: boolean }> {
  if ((query === undefined) === (rules === undefined))
    throw new HttpFailure("bad_request", "Give query (an expression) or rules (a rule file), one of them.");
  const text = query ?? rules ?? "";
  if (text.length > LONGEST_KEPT) await letOthersIn();
  return { text, isFile: rules !== undefined };
}

async function diagnostics(call: Call<unknown>, body: z.infer<typeof EditedText>): Promise<Response> {
  const { text, isFile } = await edited(body);
  const metadata = shardsMetadata(call);
  const profile = shardProfile(call.c.env.PROFILE, call.c.env.ENABLE_FEATURE);
  const found = isFile ? await diagnoseRuleFile(text, metadata, letOthersIn) : await diagnoseQuery(text, metadata, profile);
  return Response.json({ diagnostics: found.map((one) => ({ ...one, ...lineAndColumn(text, one.from) })) });
}

async function completion(call: Call<unknown>, body: z.infer<typeof EditedPosition>): Promise<Response> {
  const { text, isFile } = await edited(body);
  const offset = Math.min(body.offset ?? text.length, text.length);
  const metadata = shardsMetadata(call);
  const profile = shardProfile(call.c.env.PROFILE, call.c.env.ENABLE_FEATURE);
  const nothing = { from: offset, to: offset, items: [], incomplete: false };
  const [found, word] = isFile
    ? [(await completeInRuleFile(text, offset, metadata)) ?? nothing, await describeInRuleFile(text, offset, metadata)]
    : [await completeQuery(text, offset, metadata, profile), await describeWord(text, offset, metadata)];
  return Response.json({ ...found, word });
}

/** What editors ask while a query or a rule file is written; the page and the extension run the same code beside the text. */
export function promqlEditorRoutes(app: App): void {
  declareRoute(
    app,
    {
      method: "get",
      path: "/v1/promql/diagnostics",
      role: "viewer",
      summary: "What is wrong with an expression, by the language and by what is stored",
      parameters: { query: "PromQL expression" },
    },
    (call) => diagnostics(call, { query: call.parameters.get("query") ?? "" }),
  );
  declareRoute(
    app,
    {
      method: "post",
      path: "/v1/promql/diagnostics",
      role: "viewer",
      summary: "What is wrong with an expression or a rule file, each with its place and, where there is one, a fix",
      body: EditedText,
    },
    (call) => diagnostics(call, call.body),
  );
  declareRoute(
    app,
    {
      method: "get",
      path: "/v1/promql/completion",
      role: "viewer",
      summary: "What fits at a position of an expression, and what the word there means",
      parameters: { query: "PromQL expression", offset: "The cursor, in UTF-16 units; the end of the text when absent" },
    },
    (call) => {
      const offset = call.parameters.get("offset");
      if (offset !== null && !/^\d{1,9}$/.test(offset))
        throw new HttpFailure("bad_request", "offset is a number of characters, zero or more.");
      return completion(call, { query: call.parameters.get("query") ?? "", ...(offset === null ? {} : { offset: Number(offset) }) });
    },
  );
  declareRoute(
    app,
    {
      method: "post",
      path: "/v1/promql/completion",
      role: "viewer",
      summary: "What fits at a position of an expression or of a rule file's expressions, and what the word there means",
      body: EditedPosition,
    },
    (call) => completion(call, call.body),
  );
}
