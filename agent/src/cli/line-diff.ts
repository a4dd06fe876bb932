import { diffLines } from "diff";
import { stringify } from "yaml";

const asYaml = (value: unknown): string => stringify(value, { lineWidth: 0, sortMapEntries: true });

/** What differs between two documents, as YAML lines marked `-` and `+`. */
export const linesThatDiffer = (before: unknown, after: unknown): readonly string[] =>
  diffLines(asYaml(before), asYaml(after)).flatMap(({ added, removed, value }) =>
    added || removed
      ? value
          .trimEnd()
          .split("\n")
          .map((line) => `${added ? "+" : "-"} ${line}`)
      : [],
  );
