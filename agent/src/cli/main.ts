#!/usr/bin/env node
import { AGENT_VERSION } from "../main.ts";
import { AGENT_USAGE, agentCommand } from "./agent-command.ts";

const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
process.once("SIGTERM", () => stop.abort());

const [command, ...argv] = process.argv.slice(2);
if (command === "agent") {
  process.exitCode = await agentCommand(argv, {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    environment: process.env,
    signal: stop.signal,
  });
} else if (command === "--version") {
  process.stdout.write(`${AGENT_VERSION}\n`);
} else {
  process.stderr.write(AGENT_USAGE);
  process.exitCode = 2;
}
