#!/usr/bin/env node
import { AGENT_VERSION } from "../main.ts";
import { AGENT_USAGE, agentCommand } from "./agent-command.ts";
import { APPLY_USAGE, applyCommand } from "./apply-command.ts";
import { BACKTEST_USAGE, backtestCommand } from "./backtest-command.ts";
import { CAPACITY_USAGE, capacityCommand } from "./capacity-command.ts";
import { IMPORT_USAGE, importCommand } from "./import-command.ts";
import { RULES_USAGE, checkRules, testRules } from "./rules-command.ts";

const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
process.once("SIGTERM", () => stop.abort());

const io = {
  out: (text: string) => void process.stdout.write(text),
  err: (text: string) => void process.stderr.write(text),
  environment: process.env,
  signal: stop.signal,
};
const [command, ...argv] = process.argv.slice(2);
const [subject, ...files] = argv;
if (command === "agent") process.exitCode = await agentCommand(argv, io);
else if (command === "apply") process.exitCode = await applyCommand(argv, io);
else if (command === "backtest") process.exitCode = await backtestCommand(argv, io);
else if (command === "capacity") process.exitCode = await capacityCommand(argv, io);
else if (command === "import") process.exitCode = await importCommand(argv, io);
else if (command === "check" && subject === "rules") process.exitCode = checkRules(files, io);
else if (command === "test" && subject === "rules") process.exitCode = testRules(files, io);
else if (command === "--version") io.out(`${AGENT_VERSION}\n`);
else {
  io.err(`${RULES_USAGE}\n${BACKTEST_USAGE}\n${CAPACITY_USAGE}\n${APPLY_USAGE}\n${IMPORT_USAGE}\n${AGENT_USAGE}`);
  process.exitCode = 2;
}
