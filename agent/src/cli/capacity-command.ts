import { parseArgs } from "node:util";
import type { CapacityResponse } from "@sightline/shared/api/analyses";
import { capacityText } from "@sightline/shared/format/capacity-report";
import type { CommandIo } from "./agent-command.ts";
import { SERVER_OPTIONS, apiOf } from "./api-call.ts";

export const CAPACITY_USAGE = `sightline capacity [options]   when disks, memory, CPU and whatever else is bounded are used up
  --window 28d       how much of the past to judge by
  --kind KIND        of this kind alone: disk, memory, cpu, connections, …
  --traffic 2        what if demand were twice as much
  --hosts -1         what if there were one host fewer
  --retention 14d --retention-now 30d    what if data were kept for less
  --demand QUERY     PromQL of the demand that uses are held against
  --json             the server's answer as it is
  --url URL, --token TOKEN, --token-file FILE      as for the agent
Ends with 0 when done, 1 when refused, 2 when it cannot begin.
`;

/** Resolves to the exit code. */
export async function capacityCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  try {
    const { values } = parseArgs({
      // A negative number would be taken for a flag.
      args: argv.flatMap((word, i) => (argv[i - 1] === "--hosts" ? [] : word === "--hosts" ? [`--hosts=${argv[i + 1] ?? ""}`] : [word])),
      options: {
        ...SERVER_OPTIONS,
        window: { type: "string" },
        kind: { type: "string" },
        traffic: { type: "string" },
        hosts: { type: "string" },
        retention: { type: "string" },
        "retention-now": { type: "string" },
        demand: { type: "string" },
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    const { window, kind, traffic, hosts, retention, "retention-now": retentionNow, demand, json, help, ...server } = values;
    if (help) {
      io.out(CAPACITY_USAGE);
      return 0;
    }
    const call = apiOf(server, io);
    if (!call.ok) throw new Error(call.error.message);
    const given = Object.entries({ window, kind, traffic, hosts, retention, retentionNow, demand });
    const parameters = new URLSearchParams();
    for (const [name, value] of given) if (value !== undefined) parameters.set(name, value);
    const answer = await call.value("GET", `/v1/capacity?${parameters.toString()}`);
    if (!answer.ok) {
      io.err(`sightline capacity: ${answer.error.message}\n`);
      return answer.error.code === "unreachable" ? 2 : 1;
    }
    // The server's own response type.
    io.out(json ? `${JSON.stringify(answer.value)}\n` : capacityText(answer.value as CapacityResponse));
    return 0;
  } catch (error) {
    io.err(`sightline capacity: ${error instanceof Error ? error.message : String(error)}\n\n${CAPACITY_USAGE}`);
    return 2;
  }
}
