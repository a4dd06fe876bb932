/** From the lezer tree to our own. Lezer lets postfix modifiers and signs bind too loosely; `applyPostfix` and the power rule put that right. */
import type { SyntaxNode } from "@lezer/common";
import type { Matcher } from "../../model/matcher.ts";
import { METRIC_NAME } from "../../model/labels.ts";
import type { ExpressionBudget } from "../../re2/compile-expression.ts";
import type { AggregateOp, AtModifier, Binary, Expr, Span, VectorMatching, VectorSelector } from "../ast.ts";
import { parseError, type QueryError } from "../failure.ts";
import { compileMatcher } from "../matchers.ts";
import { durationAt, positiveDuration } from "./durations.ts";
import { childrenOf, need, numberAt } from "./lezer-tree.ts";
import { fixedText, MAX_AT_SECONDS } from "./literals.ts";
import { fills, ONE_TO_ONE } from "./matching.ts";
import { OPERATORS, rotate } from "./operators.ts";
import { unquote } from "./string-literal.ts";

const NO_PARTS: ReadonlyMap<number, Expr> = new Map();

export class TreeConverter {
  readonly text: string;
  /** What is converted already, by the place of the name that stands for it. */
  private readonly parts: ReadonlyMap<number, Expr>;
  private readonly base: number;
  /** Of the whole query. */
  private readonly expressions: ExpressionBudget;
  /** What was converted before and taken into the tree. */
  readonly placed = new Set<unknown>();

  /** `base`: where the text begins in the one that the places of `parts` are of. */
  constructor(text: string, expressions: ExpressionBudget, parts: ReadonlyMap<number, Expr> = NO_PARTS, base = 0) {
    this.text = text;
    this.expressions = expressions;
    this.parts = parts;
    this.base = base;
  }

  expr(node: SyntaxNode): Expr {
    const span: Span = { from: node.from, to: node.to };
    const first = node.firstChild;
    switch (node.name) {
      case "NumberDurationLiteral": {
        const parsed = numberAt(this.text, node);
        return { kind: "number", ...parsed, span };
      }
      case "StringLiteral":
        return { kind: "string", value: this.string(node), span };
      case "VectorSelector":
        return this.part(node) ?? this.selector(node);
      case "ParenExpr":
        return { kind: "paren", expr: this.expr(need(this.text, first)), span };
      case "UnaryExpr": {
        const op = this.source(need(this.text, first)) === "-" ? "-" : "+";
        const operand = this.expr(need(this.text, node.lastChild));
        if (operand.kind === "number") return { ...operand, value: op === "-" ? -operand.value : operand.value, span };
        return { kind: "unary", op, expr: operand, span };
      }
      case "BinaryExpr":
        return this.binary(node, span);
      case "FunctionCall":
        return { kind: "call", func: this.source(need(this.text, first)), args: this.arguments(need(this.text, node.lastChild)), span };
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
    return attach(this.expr(need(this.text, node.firstChild)));
  }

  private binary(node: SyntaxNode, span: Span): Expr {
    const children = childrenOf(node);
    const left = this.expr(need(this.text, children[0]));
    const right = this.expr(need(this.text, children.at(-1)));
    const opNode = need(this.text, children[1]);
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
      const value = numberAt(
        this.text,
        need(this.text, clause.lastChild?.name === "NumberDurationLiteral" ? clause.lastChild : clause.getChild("NumberDurationLiteral")),
      ).value;
      if (clause.name !== "FillRightClause") values.fillLeft = value;
      if (clause.name !== "FillLeftClause") values.fillRight = value;
    }
    return values;
  }

  private labelNames(node: SyntaxNode | undefined): string[] {
    if (node === undefined) return [];
    return childrenOf(node).map((child) =>
      child.name === "QuotedLabelName" ? this.string(need(this.text, child.firstChild)) : this.source(child),
    );
  }

  private arguments(body: SyntaxNode): Expr[] {
    return childrenOf(body).map((child) => this.expr(child));
  }

  private aggregate(node: SyntaxNode, span: Span): Expr {
    const op = this.source(need(this.text, node.getChild("AggregateOp"))).toLowerCase() as AggregateOp;
    const modifier = node.getChild("AggregateModifier");
    const body = need(this.text, node.getChild("FunctionCallBody"));
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
        const metric = this.string(need(this.text, child.firstChild));
        if (name !== "") throw this.namedTwice(child, name, metric);
        quoted = metric;
        matchers.push({ name: METRIC_NAME, op: "=", value: metric });
        continue;
      }
      const parts = childrenOf(child);
      const label = need(this.text, parts[0]);
      const labelName = label.name === "QuotedLabelName" ? this.string(need(this.text, label.firstChild)) : this.source(label);
      const op = this.source(need(this.text, parts[1])) as Matcher["op"];
      const matcher: Matcher = { name: labelName, op, value: this.string(need(this.text, parts[2])) };
      const large = op === "=~" || op === "!~" ? this.expressions.take(matcher.value) : undefined;
      if (large !== undefined) throw parseError(this.text, child, large);
      const compiled = compileMatcher(matcher);
      if (!compiled.ok) throw parseError(this.text, child, compiled.error.message);
      if (labelName === METRIC_NAME && name !== "") throw this.namedTwice(node, name, matcher.value);
      matchers.push(matcher);
    }
    // Within braces a name may be given again, as any label may.
    const single = matchers.filter((matcher) => matcher.name === METRIC_NAME).length === 1;
    return {
      kind: "vector_selector",
      name: single ? (quoted ?? name) : "",
      matchers,
      offset: 0,
      span: { from: node.from, to: node.to },
    };
  }

  private namedTwice(place: Span, first: string, second: string): QueryError {
    return parseError(this.text, place, `metric name must not be set twice: ${JSON.stringify(first)} or ${JSON.stringify(second)}`);
  }

  private matrix(target: Expr, node: SyntaxNode): Expr {
    const span = { from: target.span.from, to: node.to };
    const range = need(this.text, node.getChild("DurationExpr"));
    const brackets = { from: this.text.lastIndexOf("[", range.from), to: node.to };
    if (target.kind !== "vector_selector") throw parseError(this.text, brackets, "ranges only allowed for vector selectors");
    if (target.offset !== 0) throw parseError(this.text, brackets, "no offset modifiers allowed before range");
    if (target.at !== undefined) throw parseError(this.text, brackets, "no @ modifiers allowed before range");
    return { kind: "matrix_selector", selector: target, range: positiveDuration(this.text, range), span };
  }

  private subquery(target: Expr, node: SyntaxNode): Expr {
    const durations = node.getChildren("DurationExpr");
    const step = durations[1];
    return {
      kind: "subquery",
      expr: target,
      range: positiveDuration(this.text, need(this.text, durations[0])),
      offset: 0,
      span: { from: target.span.from, to: node.to },
      ...(step === undefined ? {} : { step: positiveDuration(this.text, step) }),
    };
  }

  private offset(target: Expr, node: SyntaxNode): Expr {
    const offset = durationAt(this.text, need(this.text, node.getChild("OffsetDurationExpr")));
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
      const { value } = numberAt(this.text, need(this.text, node.getChild("NumberDurationLiteral")));
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
}
