import { DurableObject } from "cloudflare:workers";
import type { Env } from "../env.ts";
import { drive } from "../project/drive.ts";
import { openProject, projectExists } from "../project/project-core.ts";
import type { ProjectPorts } from "../project/project-ports.ts";
import { prune } from "../project/prune.ts";
import { singleFlight } from "../project/single-flight.ts";
import { defaultRuleGroups } from "../rules/default-rules.ts";
import { shardProfile } from "../shard/profile.ts";
import { DurableObjectDatabase } from "../storage/durable-object-database.ts";
import { type ProjectConnections, projectConnections, projectSurroundings } from "./project-connections.ts";

/** What every family of the control plane's calls stands on: opens the core on first use, and after each change drives what became due. */
export abstract class ProjectShell extends DurableObject<Env> {
  #opened: ProjectPorts | null = null;
  #connected: ProjectConnections | null = null;
  readonly #drive = singleFlight(() => drive(this.ports, this.connections));

  override async alarm(): Promise<void> {
    prune(this.ports);
    await this.#drive();
  }

  /** Asked before anything that strangers can call, so that guessed names create nothing. */
  protected get exists(): boolean {
    return this.#opened !== null || projectExists(new DurableObjectDatabase(this.ctx.storage));
  }
  protected get ports(): ProjectPorts {
    if (this.#opened !== null) return this.#opened;
    const { experimentalFunctions } = shardProfile(this.env.PROFILE, this.env.ENABLE_FEATURE);
    const surroundings = { ...projectSurroundings(this.ctx.storage), experimentalFunctions, looksForDamage: this.env.PROFILE === "local" };
    this.#opened = openProject(surroundings, this.ctx.id.name, defaultRuleGroups());
    return this.#opened;
  }

  protected get connections(): ProjectConnections {
    this.#connected ??= projectConnections(this.ctx.storage, this.env, this.ports, () => void this.changed(null));
    return this.#connected;
  }

  /** Nothing waits for deliveries; what is in the outbox survives the object. */
  protected changed<T>(answer: T): T {
    this.ctx.waitUntil(this.#drive());
    return answer;
  }
}
