/** Whether a template of a rule may give other text at another evaluation of the same series. */
import { checkAlertTemplate } from "./alert-template.ts";
import type { Node, Operand, Pipeline } from "./ast.ts";

/** Whatever reads the value, or asks a query; the dot may be all there is. Text that does not parse is the same each time. */
export function readsMoment(text: string): boolean {
  if (!text.includes("{{")) return false;
  const template = checkAlertTemplate(text);
  return template.ok && [template.value.root, ...template.value.definitions.values()].some(ofNodes);
}

const ofNodes = (nodes: readonly Node[]): boolean => nodes.some(ofNode);

function ofNode(node: Node): boolean {
  switch (node.kind) {
    case "action":
      return ofPipe(node.pipe);
    case "if":
    case "range":
    case "with":
      return ofPipe(node.pipe) || ofNodes(node.body) || ofNodes(node.otherwise);
    case "template":
      return node.pipe !== null && ofPipe(node.pipe);
    default:
      return false;
  }
}

const ofPipe = ({ commands }: Pipeline): boolean => commands.some(({ operands }) => operands.some(ofOperand));

function ofOperand(operand: Operand): boolean {
  switch (operand.kind) {
    case "dot":
      return true;
    case "field":
      return operand.names[0] === "Value";
    case "variable":
      return operand.name === "$value" || (operand.name === "$" && (operand.names[0] ?? "Value") === "Value");
    case "function":
      return operand.name === "query" || operand.name === "now";
    case "pipe":
      return ofPipe(operand.pipe);
    default:
      return false;
  }
}
