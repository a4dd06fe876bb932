import type { ApplyChange } from "@sightline/shared/api/responses";
import type { ApplyOptions, DocumentKind, NamedDocument, RuleFileText } from "@sightline/shared/as-code/documents";
import type { Principal } from "@sightline/shared/model/principal";
import { type Failure, type Result, fail, ok } from "@sightline/shared/model/result";
import { parseRuleFile } from "@sightline/shared/rules/rule-file";
import { EDITOR } from "../../alerting/notification.ts";
import { findPolicy } from "../on-call/policies.ts";
import { reroute } from "../reroute.ts";
import { type CodePorts, KINDS, type KindOf } from "./kinds.ts";

/** Carries an answer out of a transaction that must leave nothing behind. */
class RolledBack extends Error {
  readonly failure: Failure | null;
  constructor(failure: Failure | null) {
    super("rolled back");
    this.failure = failure;
  }
}

const ORDER = Object.keys(KINDS) as readonly DocumentKind[];
const inOrder = <T extends { readonly kind: DocumentKind }>(items: readonly T[]): readonly T[] =>
  items.toSorted((left, right) => ORDER.indexOf(left.kind) - ORDER.indexOf(right.kind));

const kindOf = (kind: DocumentKind): KindOf<never> => KINDS[kind];

/** Keys in one order, so that two ways of writing the same are the same. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([left], [right]) => (left < right ? -1 : 1)))
      : part,
  );

function putAll(ports: CodePorts, by: Principal, documents: readonly NamedDocument[]): readonly ApplyChange[] {
  return documents.map(({ kind, name, path, document }) => {
    const { shown, kept = shown } = kindOf(kind);
    const before = shown(ports, name);
    const keptBefore = canonical(kept(ports, name));
    const put = kindOf(kind).put(ports, by, document as never);
    if (!put.ok) throw new RolledBack({ ...put.error, message: `${path}: ${kind} ${name}: ${put.error.message}` });
    const after = shown(ports, name);
    const same = keptBefore === canonical(kept(ports, name));
    const action = same ? "unchanged" : before === null ? "create" : after === null ? "delete" : "update";
    return { kind, name, path, action, before, after };
  });
}

function forgotten(
  ports: CodePorts,
  documents: readonly NamedDocument[],
): readonly { readonly kind: DocumentKind; readonly name: string }[] {
  const kept = new Set(documents.map(({ kind, name }) => `${kind}/${name}`));
  return inOrder(ports.database.all<{ kind: DocumentKind; name: string }>("SELECT kind, name FROM applied ORDER BY name"))
    .filter(({ kind, name }) => !kept.has(`${kind}/${name}`))
    .toReversed();
}

function removeAll(
  ports: CodePorts,
  by: Principal,
  gone: readonly { readonly kind: DocumentKind; readonly name: string }[],
): readonly ApplyChange[] {
  return gone.flatMap(({ kind, name }) => {
    const before = kindOf(kind).shown(ports, name);
    ports.database.run("DELETE FROM applied WHERE kind = ? AND name = ?", kind, name);
    // Somebody removed it by hand already.
    if (before === null) return [];
    const removed = kindOf(kind).remove(ports, by, name);
    if (!removed.ok) throw new RolledBack({ ...removed.error, message: `${kind} ${name}: ${removed.error.message}` });
    return [{ kind, name, path: null, action: "delete" as const, before, after: null }];
  });
}

/** The answer of `body`, all of whose writes are kept, or none where a document fails or it is a rehearsal. */
function transact<T>(ports: CodePorts, body: () => T, isRehearsal: boolean): Result<T> {
  const answer: T[] = [];
  try {
    ports.database.transaction(() => {
      answer.push(body());
      if (isRehearsal) throw new RolledBack(null);
    });
  } catch (error) {
    if (!(error instanceof RolledBack)) throw error;
    if (error.failure !== null) return { ok: false, error: error.failure };
  }
  const [value] = answer;
  return ok(value as T);
}

/**
 * An alertmanager.yml names as a receiver whatever its routes lead to. What a policy's name or the editor's stands for
 * needs none.
 */
function namesAnother(ports: CodePorts, document: NamedDocument, documents: readonly NamedDocument[]): boolean {
  if (document.kind !== "receiver" || document.document.integrations.length > 0) return false;
  const { name } = document;
  return name === EDITOR || findPolicy(ports, name) !== null || documents.some((one) => one.kind === "policy" && one.name === name);
}

/** Rule files read into their groups, and no document twice: two files would undo each other at every apply. */
function documentsOf(ports: CodePorts, inputs: readonly (NamedDocument | RuleFileText)[]): Result<readonly NamedDocument[]> {
  const documents: NamedDocument[] = [];
  for (const input of inputs) {
    if (input.kind !== "rule file") {
      documents.push(input);
      continue;
    }
    const groups = parseRuleFile(input.text);
    if (!groups.ok) return fail(groups.error.code, `${input.path}: ${groups.error.message}`);
    for (const document of groups.value) documents.push({ kind: "rules", name: document.name, path: input.path, document });
  }
  const paths = new Map<string, string>();
  for (const { kind, name, path } of documents) {
    const before = paths.get(`${kind}/${name}`);
    if (before !== undefined)
      return fail("bad_request", `${kind} ${name} stands in ${before} and in ${path}; keep one of them. Nothing was changed.`);
    paths.set(`${kind}/${name}`, path);
  }
  return ok(documents.filter((document) => !namesAnother(ports, document, documents)));
}

/**
 * Puts all documents or none. First everything is done and undone, which shows what would change; then only that is
 * done, so that applying the same files again leaves no trace in the audit log. Codes: those of the documents.
 */
export function applyDocuments(
  ports: CodePorts,
  by: Principal,
  inputs: readonly (NamedDocument | RuleFileText)[],
  { dryRun, prune }: ApplyOptions,
): Result<readonly ApplyChange[]> {
  const documents = documentsOf(ports, inputs);
  if (!documents.ok) return documents;
  const ordered = inOrder(documents.value);
  const gone = prune ? forgotten(ports, ordered) : [];
  const rehearsal = (): readonly ApplyChange[] => {
    const changes = [...putAll(ports, by, ordered), ...removeAll(ports, by, gone)];
    // What is left must not name what is gone.
    if (gone.length > 0) putAll(ports, by, ordered);
    return changes;
  };
  const plan = transact(ports, rehearsal, true);
  if (!plan.ok || dryRun) return plan;
  const changes = plan.value.filter(({ action }) => action !== "unchanged");
  const changing = new Set(changes.map(({ kind, name }) => `${kind}/${name}`));
  const performance = (): void => {
    putAll(
      ports,
      by,
      ordered.filter(({ kind, name }) => changing.has(`${kind}/${name}`)),
    );
    for (const { kind, name } of ordered) ports.database.run("INSERT OR IGNORE INTO applied (kind, name) VALUES (?, ?)", kind, name);
    removeAll(ports, by, gone);
    // Alerts that fire now go where receivers lead now; once, however many changed.
    if (changes.some(({ kind }) => kind === "receiver")) reroute(ports);
  };
  const done = transact(ports, performance, false);
  return done.ok ? plan : done;
}
