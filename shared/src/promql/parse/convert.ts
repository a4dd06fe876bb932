/** From the lezer tree to our own. Lezer lets postfix modifiers and signs bind too loosely; `applyPostfix` and the power rule put that right. */
import type { SyntaxNode } from "@lezer/common";
import type { Matcher } from "../../model/matcher.ts";
import { METRIC_NAME } from "../../model/labels.ts";
import type { AggregateOp, AtModifier, Binary, Duration, DurationExpr, Expr, Span, VectorMatching, VectorSelector } from "../ast.ts";
import { parseError } from "../failure.ts";
import { compileMatcher } from "../matchers.ts";
import { fixedText, MAX_AT_SECONDS, parseNumber } from "./literals.ts";
import { fills, ONE_TO_ONE } from "./matching.ts";
import { OPERATORS, rotate } from "./operators.ts";
import { unquote } from "./string-literal.ts";
import { explainNumber } from "./syntax-error.ts";

/** Children of a node by walking siblings (lezer has no array of them). */
function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const list: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (child.name !== "LineComment") list.push(child);
  }
  return list;
}

const NO_PARTS: ReadonlyMap<number, Expr> = new Map();

export class TreeConverter {
  readonly text: string;
  /** What is converted already, by the place of the name that stands for it. */
  private readonly parts: ReadonlyMap<number, Expr>;
  private readonly base: number;
  /** What was converted before and taken into the tree. */
  readonly placed = new Set<unknown>();

  /** `base`: where the text begins in the one that the places of `parts` are of. */
  constructor(text: string, parts: ReadonlyMap<number, Expr> = NO_PARTS, base = 0) {
    this.text = text;
    this.parts = parts;
    this.base = base;
  }

  expr(node: SyntaxNode): Expr {
    const span: Span = { from: node.from, to: node.to };
    const first = node.firstChild;
    switch (node.name) {
      case "NumberDurationLiteral": {
        const parsed = this.number(node);
        return { kind: "number", ...parsed, span };
      }
      case "StringLiteral":
        return { kind: "string", value: this.string(node), span };
      case "VectorSelector":
        return this.part(node) ?? this.selector(node);
      case "ParenExpr":
        return { kind: "paren", expr: this.expr(this.need(first)), span };
      case "UnaryExpr": {
        const op = this.source(this.need(first)) === "-" ? "-" : "+";
        const operand = this.expr(this.need(node.lastChild));
        if (operand.kind === "number") return { ...operand, value: op === "-" ? -operand.value : operand.value, span };
        return { kind: "unary", op, expr: operand, span };
      }
      case "BinaryExpr":
        return this.binary(node, span);
      case "FunctionCall":
        return { kind: "call", func: this.source(this.need(first)), args: this.arguments(this.need(node.lastChild)), span };
      case "AggregateExpr":
        return this.aggregate(node, span);
      case "MatrixSelector":
        return this.postfix(node, (target) => this.matrix(target, node));
      case "SubqueryExpr":
        return this.postfix(node, (target) => this.subquery(target, node));
      case "OffsetExpr":
        return this.postfix(node, (target) => this.offset(target, node));
      case "StepInvariantExpr":
        return this.postfix(node, (target) => this.at(target, node));
      case "AnchoredExpr":
      case "SmoothedExpr":
        return this.postfix(node, (target) => this.extension(target, node));
      default:
        throw parseError(this.text, span, `unexpected ${JSON.stringify(this.source(node))}`);
    }
  }

  /** Its own place as of this text; those of what is in it stay. */
  private part(node: SyntaxNode): Expr | undefined {
    const part = this.parts.get(node.from + this.base);
    if (part === undefined) return undefined;
    const placed = { ...part, span: { from: part.span.from - this.base, to: part.span.to - this.base } };
    this.placed.add(placed);
    return placed;
  }

  private source(node: SyntaxNode): string {
    return this.text.slice(node.from, node.to);
  }

  private need(node: SyntaxNode | null): SyntaxNode {
    if (node === null) throw parseError(this.text, { from: this.text.length, to: this.text.length }, "unexpected end of input");
    return node;
  }

  private number(node: SyntaxNode): { readonly value: number; readonly duration: boolean } {
    const parsed = parseNumber(this.source(node));
    if (parsed === undefined) throw explainNumber(this.text, node);
    const digits = /\d.*/s.exec(this.source(node))?.[0];
    if (digits !== undefined && !Number.isFinite(parsed.value)) {
      const from = node.to - digits.length;
      const reason = `strconv.ParseFloat: parsing ${JSON.stringify(digits)}: value out of range`;
      throw parseError(this.text, { from, to: node.to }, `error parsing number: ${reason}`);
    }
    return parsed;
  }

  private string(node: SyntaxNode): string {
    const parsed = unquote(this.source(node));
    if ("error" in parsed) throw parseError(this.text, node, parsed.error);
    return parsed.value;
  }

  /** `a + b offset 5m` reaches us as `(a + b) offset 5m`: the modifier belongs to the right-most operand. */
  private postfix(node: SyntaxNode, apply: (target: Expr) => Expr): Expr {
    const attach = (target: Expr): Expr => {
      const span = { from: target.span.from, to: node.to };
      if (target.kind === "binary") return { ...target, right: attach(target.right), span };
      if (target.kind === "unary") return { ...target, expr: attach(target.expr), span };
      return apply(target);
    };
    return attach(this.expr(this.need(node.firstChild)));
  }

  private binary(node: SyntaxNode, span: Span): Expr {
    const children = childrenOf(node);
    const left = this.expr(this.need(children[0] ?? null));
    const right = this.expr(this.need(children.at(-1) ?? null));
    const opNode = this.need(children[1] ?? null);
    const op = OPERATORS[opNode.name];
    if (op === undefined) throw parseError(this.text, opNode, `unexpected ${JSON.stringify(this.source(opNode))}`);
    let bool = false;
    let matching: VectorMatching | undefined;
    for (const child of children.slice(2, -1)) {
      if (child.name === "BoolModifier") bool = true;
      else if (child.name === "MatchingModifierClause") matching = { ...this.matching(child), ...fills(matching) };
      else if (child.name === "FillModifier") matching = { ...(matching ?? ONE_TO_ONE), ...this.fill(child) };
    }
    const set = op === "and" || op === "or" || op === "unless";
    if (set)
      matching = {
        ...(matching ?? ONE_TO_ONE),
        cardinality: matching === undefined || matching.cardinality === "one-to-one" ? "many-to-many" : matching.cardinality,
      };
    const build = (leftExpr: Expr, from: number): Binary => ({
      kind: "binary",
      op,
      left: leftExpr,
      right,
      bool,
      span: { from, to: span.to },
      opSpan: { from: opNode.from, to: opNode.to },
      ...(matching === undefined ? {} : { matching }),
    });
    // -1^2 is -(1^2): the sign that lezer reads into the number binds less than the power.
    const signed = op === "^" && left.kind === "number" ? /^[+-]/.exec(this.text.slice(left.span.from, left.span.from + 1)) : null;
    if (signed !== null && left.kind === "number") {
      const negative = signed[0] === "-";
      const magnitude: Expr = { ...left, value: negative ? -left.value : left.value, span: { from: left.span.from + 1, to: left.span.to } };
      return { kind: "unary", op: negative ? "-" : "+", expr: build(magnitude, magnitude.span.from), span };
    }
    return rotate(left, op, (operand) => build(operand, operand.span.from));
  }

  private matching(node: SyntaxNode): VectorMatching {
    const children = childrenOf(node);
    const labels = this.labelNames(children[1]);
    const side = children[2]?.name;
    return {
      cardinality: side === "GroupLeft" ? "many-to-one" : side === "GroupRight" ? "one-to-many" : "one-to-one",
      on: children[0]?.name === "On",
      labels,
      include: side === undefined ? [] : this.labelNames(children[3]),
    };
  }

  private fill(node: SyntaxNode): { fillLeft?: number; fillRight?: number } {
    const values: { fillLeft?: number; fillRight?: number } = {};
    for (const clause of childrenOf(node)) {
      const value = this.number(
        this.need(clause.lastChild?.name === "NumberDurationLiteral" ? clause.lastChild : clause.getChild("NumberDurationLiteral")),
      ).value;
      if (clause.name !== "FillRightClause") values.fillLeft = value;
      if (clause.name !== "FillLeftClause") values.fillRight = value;
    }
    return values;
  }

  private labelNames(node: SyntaxNode | undefined): string[] {
    if (node === undefined) return [];
    return childrenOf(node).map((child) =>
      child.name === "QuotedLabelName" ? this.string(this.need(child.firstChild)) : this.source(child),
    );
  }

  private arguments(body: SyntaxNode): Expr[] {
    return childrenOf(body).map((child) => this.expr(child));
  }

  private aggregate(node: SyntaxNode, span: Span): Expr {
    const op = this.source(this.need(node.getChild("AggregateOp"))).toLowerCase() as AggregateOp;
    const modifier = node.getChild("AggregateModifier");
    const body = this.need(node.getChild("FunctionCallBody"));
    const args = this.arguments(body);
    const expr = args.at(-1);
    const wanted =
      op === "topk" || op === "bottomk" || op === "quantile" || op === "count_values" || op === "limitk" || op === "limit_ratio" ? 2 : 1;
    if (expr === undefined) throw parseError(this.text, span, "no arguments for aggregate expression provided");
    if (args.length !== wanted) {
      throw parseError(
        this.text,
        span,
        `wrong number of arguments for aggregate expression provided, expected ${wanted}, got ${args.length}`,
      );
    }
    return {
      kind: "aggregate",
      op,
      expr,
      span,
      grouping: modifier === null ? [] : this.labelNames(modifier.getChild("GroupingLabels") ?? undefined),
      without: modifier?.getChild("Without") != null,
      ...(wanted === 2 && args[0] !== undefined ? { param: args[0] } : {}),
    };
  }

  private selector(node: SyntaxNode): VectorSelector {
    const identifier = node.getChild("Identifier");
    const name = identifier === null ? "" : this.source(identifier);
    // Of the words of operators this alone is no name of a metric.
    if (identifier !== null && name.toLowerCase() === "atan2") throw parseError(this.text, identifier, "unexpected <op:atan2>");
    const matchers: Matcher[] = name === "" ? [] : [{ name: METRIC_NAME, op: "=", value: name }];
    const list = node.getChild("LabelMatchers");
    let quoted: string | undefined;
    for (const child of list === null ? [] : childrenOf(list)) {
      if (child.name === "QuotedLabelName") {
        const metric = this.string(this.need(child.firstChild));
        if (name !== "" || quoted !== undefined)
          throw parseError(
            this.text,
            child,
            `metric name must not be set twice: ${JSON.stringify(name === "" ? (quoted ?? "") : name)} or ${JSON.stringify(metric)}`,
          );
        quoted = metric;
        matchers.push({ name: METRIC_NAME, op: "=", value: metric });
        continue;
      }
      const parts = childrenOf(child);
      const label = this.need(parts[0] ?? null);
      const labelName = label.name === "QuotedLabelName" ? this.string(this.need(label.firstChild)) : this.source(label);
      const op = this.source(this.need(parts[1] ?? null)) as Matcher["op"];
      const matcher: Matcher = { name: labelName, op, value: this.string(this.need(parts[2] ?? null)) };
      const compiled = compileMatcher(matcher);
      if (!compiled.ok) throw parseError(this.text, child, compiled.error.message);
      if (labelName === METRIC_NAME && name !== "")
        throw parseError(this.text, node, `metric name must not be set twice: ${JSON.stringify(name)} or ${JSON.stringify(matcher.value)}`);
      matchers.push(matcher);
    }
    return { kind: "vector_selector", name: quoted ?? name, matchers, offset: 0, span: { from: node.from, to: node.to } };
  }

  private matrix(target: Expr, node: SyntaxNode): Expr {
    const span = { from: target.span.from, to: node.to };
    const range = this.need(node.getChild("DurationExpr"));
    const brackets = { from: this.text.lastIndexOf("[", range.from), to: node.to };
    if (target.kind !== "vector_selector") throw parseError(this.text, brackets, "ranges only allowed for vector selectors");
    if (target.offset !== 0) throw parseError(this.text, brackets, "no offset modifiers allowed before range");
    if (target.at !== undefined) throw parseError(this.text, brackets, "no @ modifiers allowed before range");
    return { kind: "matrix_selector", selector: target, range: this.positive(range), span };
  }

  private subquery(target: Expr, node: SyntaxNode): Expr {
    const durations = node.getChildren("DurationExpr");
    const step = durations[1];
    return {
      kind: "subquery",
      expr: target,
      range: this.positive(this.need(durations[0] ?? null)),
      offset: 0,
      span: { from: target.span.from, to: node.to },
      ...(step === undefined ? {} : { step: this.positive(step) }),
    };
  }

  private offset(target: Expr, node: SyntaxNode): Expr {
    const offset = this.duration(this.need(node.getChild("OffsetDurationExpr")));
    const twice = () => parseError(this.text, target.span, "offset may not be set multiple times");
    if (target.kind === "vector_selector" || target.kind === "subquery") {
      if (target.offset !== 0) throw twice();
      return { ...target, offset, span: { from: target.span.from, to: node.to } };
    }
    if (target.kind === "matrix_selector") {
      if (target.selector.offset !== 0) throw twice();
      return { ...target, selector: { ...target.selector, offset }, span: { from: target.span.from, to: node.to } };
    }
    throw parseError(
      this.text,
      target.span,
      `offset modifier must be preceded by an instant vector selector or range vector selector or a subquery`,
    );
  }

  private at(target: Expr, node: SyntaxNode): Expr {
    const preprocessor = node.getChild("AtModifierPreprocessors");
    let at: AtModifier;
    if (preprocessor !== null) at = preprocessor.getChild("AtStart") === null ? "end" : "start";
    else {
      const { value } = this.number(this.need(node.getChild("NumberDurationLiteral")));
      if (!(Math.abs(value) <= MAX_AT_SECONDS))
        throw parseError(this.text, target.span, `timestamp out of bounds for @ modifier: ${fixedText(value)}`);
      at = Math.round(value * 1000);
    }
    const span = { from: target.span.from, to: node.to };
    const twice = () => parseError(this.text, target.span, "@ <timestamp> may not be set multiple times");
    if (target.kind === "vector_selector" || target.kind === "subquery") {
      if (target.at !== undefined) throw twice();
      return { ...target, at, span };
    }
    if (target.kind === "matrix_selector") {
      if (target.selector.at !== undefined) throw twice();
      return { ...target, selector: { ...target.selector, at }, span };
    }
    throw parseError(
      this.text,
      target.span,
      "@ modifier must be preceded by an instant vector selector or range vector selector or a subquery",
    );
  }

  private extension(target: Expr, node: SyntaxNode): Expr {
    const extension = node.name === "AnchoredExpr" ? "anchored" : "smoothed";
    const span = { from: target.span.from, to: node.to };
    const mark = (selector: VectorSelector): VectorSelector => {
      if (selector.extension !== undefined && selector.extension !== extension)
        throw parseError(this.text, target.span, "anchored and smoothed modifiers cannot be used together");
      return { ...selector, extension };
    };
    if (target.kind === "vector_selector") return { ...mark(target), span };
    if (target.kind === "matrix_selector") return { ...target, selector: mark(target.selector), span };
    throw parseError(
      this.text,
      target.span,
      `${extension} modifier must be preceded by an instant vector selector or range vector selector`,
    );
  }

  private positive(node: SyntaxNode): Duration {
    const duration = this.duration(node);
    if (typeof duration === "number" && duration <= 0) throw parseError(this.text, node, "duration must be greater than 0");
    return duration;
  }

  private duration(node: SyntaxNode): Duration {
    const tree = this.durationExpr(node);
    if (tree.kind === "literal") return tree.ms;
    if (tree.kind === "unary" && tree.operand.kind === "literal") return tree.op === "-" ? -tree.operand.ms : tree.operand.ms;
    return tree;
  }

  private durationExpr(node: SyntaxNode): DurationExpr {
    const span = { from: node.from, to: node.to };
    if (node.name === "NumberDurationLiteralInDurationContext") {
      const { value } = this.number(node);
      if (!Number.isFinite(value) || Math.abs(value) > 9.2e9) throw parseError(this.text, node, "duration out of range");
      return { kind: "literal", ms: Math.round(value * 1000), span };
    }
    const children = childrenOf(node);
    const [first, second] = children;
    if (first === undefined) throw parseError(this.text, node, "unexpected end of input in duration expression");
    if (first.name === "DurationStep") return { kind: "step", span };
    if (first.name === "DurationRange") return { kind: "range", span };
    if (first.name === "UnaryOp")
      return { kind: "unary", op: this.source(first) === "-" ? "-" : "+", operand: this.durationExpr(this.need(second ?? null)), span };
    if (first.name === "DurationMinOf" || first.name === "DurationMaxOf") {
      const op = first.name === "DurationMinOf" ? "min_of" : "max_of";
      return {
        kind: "binary",
        op,
        left: this.durationExpr(this.need(second ?? null)),
        right: this.durationExpr(this.need(children[2] ?? null)),
        span,
      };
    }
    if (children.length === 1) return this.durationExpr(first);
    return {
      kind: "binary",
      op: this.source(this.need(second ?? null)) as "+",
      left: this.durationExpr(first),
      right: this.durationExpr(this.need(children[2] ?? null)),
      span,
    };
  }
}
