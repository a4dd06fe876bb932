/** Shows tree nodes in a view; keeps which are open across refreshes by their ids. */
import { visibleText } from "@sightline/shared/format/visible-text";
import * as vscode from "vscode";
import type { TreeNode } from "./tree-node.ts";

export class NodeTree implements vscode.TreeDataProvider<TreeNode> {
  readonly view: vscode.TreeView<TreeNode>;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.#changed.event;
  #nodes: readonly TreeNode[] = [];

  constructor(viewId: string) {
    this.view = vscode.window.createTreeView(viewId, { treeDataProvider: this });
  }

  show(nodes: readonly TreeNode[]): void {
    this.#nodes = nodes;
    this.#changed.fire();
  }

  getChildren(node?: TreeNode): TreeNode[] {
    return [...(node === undefined ? this.#nodes : (node.children ?? []))];
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    const { Collapsed, Expanded, None } = vscode.TreeItemCollapsibleState;
    const parent = node.children !== undefined && node.children.length > 0;
    const item = new vscode.TreeItem(visibleText(node.label), !parent ? None : node.expanded === true ? Expanded : Collapsed);
    item.id = node.id;
    if (node.description !== undefined) item.description = visibleText(node.description);
    if (node.tooltip !== undefined) item.tooltip = new vscode.MarkdownString(node.tooltip);
    if (node.icon !== undefined)
      item.iconPath = new vscode.ThemeIcon(node.icon, node.color === undefined ? undefined : new vscode.ThemeColor(node.color));
    if (node.contextValue !== undefined) item.contextValue = node.contextValue;
    if (node.incidentId !== undefined) item.command = { command: "sightline.showIncident", title: "Show Incident", arguments: [node] };
    if (node.alert !== undefined) item.command = { command: "sightline.openAlert", title: "Open Alert", arguments: [node] };
    if (node.chart !== undefined) item.command = { command: "sightline.showInsight", title: "Show Chart", arguments: [node] };
    return item;
  }

  dispose(): void {
    this.view.dispose();
    this.#changed.dispose();
  }
}
