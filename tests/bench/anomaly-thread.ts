/** A thread of anomaly.ts: scores the jobs that are posted to it, one after the other. */
import { parentPort } from "node:worker_threads";
import { type Job, scoreKind } from "./anomaly-kind.ts";

parentPort?.on("message", (job: Job) => parentPort?.postMessage(scoreKind(job), []));
