/** Replaces `$name` in an expression. "All" is the expression that matches everything; values are escaped for a regular expression. */
export function fillVariables(expression: string, values: Readonly<Record<string, string>>): string {
  return expression.replaceAll(/\$([a-z_]\w*)/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return value === ""
      ? ".*"
      : value
          .replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
          .replaceAll("\\", "\\\\")
          .replaceAll('"', '\\"');
  });
}
