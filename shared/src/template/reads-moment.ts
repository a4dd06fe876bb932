/** What the templates of a rule read besides the series' labels. */
import { checkAlertTemplate } from "./alert-template.ts";
import type { Node, Operand, Pipeline } from "./ast.ts";

type Seen = (operand: Operand) => boolean;

/**
 * Whether a template may give other text at another evaluation of the same series: whatever reads the value, or asks a query; the dot may be
 * all there is. Text that does not parse is the same each time.
 */
export const readsMoment = (text: string): boolean => reads(text, isOfMoment);

/** Whether a template asks a query; most are not even taken apart. */
export const asksQuery = (text: string): boolean => text.includes("query") && reads(text, isQuery);

function reads(text: string, seen: Seen): boolean {
  if (!text.includes("{{")) return false;
  const template = checkAlertTemplate(text);
  return template.ok && [template.value.root, ...template.value.definitions.values()].some((nodes) => ofNodes(nodes, seen));
}

const ofNodes = (nodes: readonly Node[], seen: Seen): boolean => nodes.some((node) => ofNode(node, seen));

function ofNode(node: Node, seen: Seen): boolean {
  switch (node.kind) {
    case "action":
      return ofPipe(node.pipe, seen);
    case "if":
    case "range":
    case "with":
      return ofPipe(node.pipe, seen) || ofNodes(node.body, seen) || ofNodes(node.otherwise, seen);
    case "template":
      return node.pipe !== null && ofPipe(node.pipe, seen);
    default:
      return false;
  }
}

const ofPipe = ({ commands }: Pipeline, seen: Seen): boolean =>
  commands.some(({ operands }) => operands.some((operand) => (operand.kind === "pipe" ? ofPipe(operand.pipe, seen) : seen(operand))));

const isQuery: Seen = (operand) => operand.kind === "function" && operand.name === "query";

const isOfMoment: Seen = (operand) => {
  switch (operand.kind) {
    case "dot":
      return true;
    case "field":
      return operand.names[0] === "Value";
    case "variable":
      return operand.name === "$value" || (operand.name === "$" && (operand.names[0] ?? "Value") === "Value");
    case "function":
      return isQuery(operand) || operand.name === "now";
    default:
      return false;
  }
};
