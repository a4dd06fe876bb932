import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import type { BacktestResponse } from "@sightline/shared/api/backtest";
import { backtestText } from "@sightline/shared/format/backtest-text";
import type { RuleGroup } from "@sightline/shared/model/rule";
import type { CommandIo } from "./agent-command.ts";
import { type ApiCall, SERVER_OPTIONS, apiOf } from "./api-call.ts";
import { readTextFile } from "./read-text-file.ts";

export const BACKTEST_USAGE = `sightline backtest [options] RULE|FILE   when rules would have fired over what is stored
  FILE is a rule file; RULE the name of a rule that the project has.
  --since 7d       how far back
  --compare FILE   rules with other settings to run over the same time
  --json           the server's answer as it is
  --url URL, --token TOKEN, --token-file FILE      as for the agent
Ends with 0 when done, 1 when refused, 2 when it cannot begin.
`;

/** The rules of a file, or the one rule of the project that has this name. */
async function rulesNamed(name: string, call: ApiCall): Promise<unknown> {
  if (existsSync(name)) return readTextFile(name);
  const answer = await call("GET", "/v1/rules");
  if (!answer.ok) throw new Error(answer.error.message);
  // The server's own response type.
  const { groups } = answer.value as { readonly groups: readonly RuleGroup[] };
  const found = groups.map((group) => ({ ...group, rules: group.rules.filter((rule) => rule.name === name) }));
  const own = found.filter(({ rules }) => rules.length > 0);
  if (own.length === 0) throw new Error(`there is no file and no rule of the project named ${JSON.stringify(name)}`);
  return { groups: own };
}

/** Resolves to the exit code. */
export async function backtestCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        ...SERVER_OPTIONS,
        since: { type: "string", default: "7d" },
        compare: { type: "string" },
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    const { since, compare, json, help, ...server } = values;
    if (help) {
      io.out(BACKTEST_USAGE);
      return 0;
    }
    const [name, ...more] = positionals;
    if (name === undefined || more.length > 0) throw new Error("say which rule or which rule file to test, and one only");
    const call = apiOf(server, io);
    if (!call.ok) throw new Error(call.error.message);
    const rules = await rulesNamed(name, call.value);
    const other = compare === undefined ? {} : { compare: readTextFile(compare) };
    const answer = await call.value("POST", "/v1/backtest", { rules, since, ...other });
    if (!answer.ok) {
      io.err(`sightline backtest: ${answer.error.message}\n`);
      return answer.error.code === "unreachable" ? 2 : 1;
    }
    // The server's own response type.
    io.out(json ? `${JSON.stringify(answer.value)}\n` : backtestText(answer.value as BacktestResponse));
    return 0;
  } catch (error) {
    io.err(`sightline backtest: ${error instanceof Error ? error.message : String(error)}\n\n${BACKTEST_USAGE}`);
    return 2;
  }
}
