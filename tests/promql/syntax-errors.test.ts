import { parseQuery } from "@sightline/shared/promql/engine";
import fc from "fast-check";
import { expect, test } from "vitest";

const errorOf = (text: string): string => {
  const parsed = parseQuery(text);
  return parsed.ok ? "no error" : parsed.error.message;
};

/** The words of promtool 2.42. */
const PROMTOOL: readonly (readonly [string, string])[] = [
  ["sum(", "1:5: parse error: unclosed left parenthesis"],
  ["sum x", '1:5: parse error: unexpected identifier "x"'],
  ["rate(x)", '1:6: parse error: expected type range vector in call to function "rate", got instant vector'],
  ["rate(x[5m])[5m]", "1:12: parse error: ranges only allowed for vector selectors"],
  ['x{a="b"', "1:8: parse error: unexpected end of input inside braces"],
  ["x{a=b}", '1:5: parse error: unexpected identifier "b" in label matching, expected string'],
  ['x{a=="b"}', '1:5: parse error: unexpected "=" in label matching, expected string'],
  ['x{a="b",,}', '1:9: parse error: unexpected "," in label matching, expected identifier or "}"'],
  ["{}", "1:1: parse error: vector selector must contain at least one non-empty matcher"],
  ["1 + ", "1:5: parse error: unexpected end of input"],
  ["1 and 1", '1:1: parse error: set operator "and" not allowed in binary scalar expression'],
  ["x + on(a x", '1:10: parse error: unexpected identifier "x" in grouping opts, expected "," or ")"'],
  ["x and on(a) group_left x", '1:1: parse error: no grouping allowed for "and" operation'],
  ["1 or on(bar) foo", "1:1: parse error: vector matching only allowed between instant vectors"],
  ["x * on(a) group_left(a) y", '1:3: parse error: label "a" must not occur in ON and GROUP clause at once'],
  ["1 == 1", "1:3: parse error: comparisons between scalars must use BOOL modifier"],
  ["1 + bool 2", "1:3: parse error: bool modifier can only be used on comparison operators"],
  ["sum by a (x)", '1:8: parse error: unexpected identifier "a" in grouping opts, expected "("'],
  ["topk(x)", "1:1: parse error: wrong number of arguments for aggregate expression provided, expected 2, got 1"],
  ['quantile("a", x)', "1:10: parse error: expected type scalar in aggregation parameter, got string"],
  ["abs(x[5m])", '1:5: parse error: expected type instant vector in call to function "abs", got range vector'],
  ["abs(1)", '1:5: parse error: expected type instant vector in call to function "abs", got scalar'],
  ['abs("a")', '1:5: parse error: expected type instant vector in call to function "abs", got string'],
  ["nosuch(x)", '1:1: parse error: unknown function with name "nosuch"'],
  ['"abc', "1:1: parse error: unterminated quoted string"],
  ["`abc", "1:1: parse error: unterminated raw string"],
  ['"a" + 1', "1:1: parse error: binary expression must contain only scalar and instant vector types"],
  ['-"a"', '1:1: parse error: unary expression only allowed on expressions of type scalar or instant vector, got "string"'],
  ["x @ foo", '1:5: parse error: unexpected identifier "foo" in @, expected timestamp'],
  ["x @ ", "1:5: parse error: unexpected end of input in @, expected timestamp"],
  ["x[0s]", "1:3: parse error: duration must be greater than 0"],
  ["x[5m5h]", '1:3: parse error: not a valid duration string: "5m5h"'],
  ["sum(x[5m])", "1:5: parse error: expected type instant vector in aggregation expression, got range vector"],
  ["count_values(x, y)", "1:14: parse error: expected type string in aggregation parameter, got instant vector"],
  ['label_replace(x, "a", "b")', '1:1: parse error: expected 5 argument(s) in call to "label_replace", got 3'],
  ["time(1)", '1:1: parse error: expected 0 argument(s) in call to "time", got 1'],
  ["vector()", '1:1: parse error: expected 1 argument(s) in call to "vector", got 0'],
  ["vector(x)", '1:8: parse error: expected type scalar in call to function "vector", got instant vector'],
  ["(x))", "1:5: parse error: unexpected right parenthesis ')'"],
  ["1.2.3", '1:4: parse error: unexpected number ".3"'],
  ["0x", '1:1: parse error: error parsing number: strconv.ParseFloat: parsing "0x": invalid syntax'],
  [".", "1:1: parse error: unexpected character: '.'"],
  ['x{__name__="y"}', '1:1: parse error: metric name must not be set twice: "x" or "y"'],
  ["histogram_quantile(0.9)", '1:1: parse error: expected 2 argument(s) in call to "histogram_quantile", got 1'],
  ["group_left", "1:1: parse error: unexpected <group_left>"],
  ["on", "1:1: parse error: unexpected <on>"],
  ["#", "1:1: parse error: no expression found in input"],
  ["x offset 1h offset 2h", "1:1: parse error: offset may not be set multiple times"],
  ["x @ 1 @ 2", "1:1: parse error: @ <timestamp> may not be set multiple times"],
  ["sum(x) by (a) by (b)", "1:15: parse error: unexpected <by>"],
  ["!x", "1:1: parse error: unexpected character after '!': 'x'"],
  ['x!=~"a"', "1:4: parse error: unexpected character: '~'"],
  ["x ^ ^ y", "1:5: parse error: unexpected <op:^>"],
  ['x =~ "a"', "1:3: parse error: unexpected character after '=': '~'"],
  ["x <> y", "1:4: parse error: unexpected <op:>>"],
  ["x}", "1:2: parse error: unexpected character: '}'"],
  ["x]", "1:2: parse error: unexpected right bracket ']'"],
  ["x{a}", '1:4: parse error: unexpected "}" in label matching, expected label matching operator'],
  ["x{a b}", '1:5: parse error: unexpected identifier "b" in label matching, expected label matching operator'],
  ['x{a="b" c}', '1:9: parse error: unexpected identifier "c" in label matching, expected "," or "}"'],
  ["sum(x,)", "1:6: parse error: trailing commas not allowed in function call args"],
  ["sum(,x)", '1:5: parse error: unexpected "," in aggregation'],
  ["sum()", "1:1: parse error: no arguments for aggregate expression provided"],
  ["()", '1:2: parse error: unexpected ")"'],
  ["sum(x y", '1:7: parse error: unexpected identifier "y" in aggregation'],
  ["sum by", '1:7: parse error: unexpected end of input in grouping opts, expected "("'],
  ["sum by (1) (x)", '1:9: parse error: unexpected number "1" in grouping opts, expected label'],
  ["x == bool bool y", "1:11: parse error: unexpected <bool>"],
  ['x "a"', '1:3: parse error: unexpected string "\\"a\\""'],
  ['"a" "b"', '1:5: parse error: unexpected string "\\"b\\""'],
  ["x $ y", "1:3: parse error: unexpected character: '$'"],
  ["x ; y", "1:3: parse error: unexpected character: ';'"],
  ["ä", "1:1: parse error: unexpected character: 'ä'"],
  ['x{ä="b"}', "1:3: parse error: unexpected character inside braces: 'ä'"],
  ['x{a="\\q"}', "1:5: parse error: unknown escape sequence U+0071 'q'"],
  ["x ! y", "1:3: parse error: unexpected character after '!': ' '"],
  ["x{a!b}", "1:4: parse error: unexpected character after '!' inside braces: 'b'"],
  ['x{a!"b"}', "1:4: parse error: unexpected character after '!' inside braces: '\"'"],
  ['x{a~"b"}', "1:4: parse error: unexpected character inside braces: '~'"],
  ['x{5="b"}', "1:3: parse error: unexpected character inside braces: '5'"],
  ['x{a="b";}', "1:8: parse error: unexpected character inside braces: ';'"],
  ["(x[5m])[5m:]", "1:1: parse error: subquery is only allowed on instant vector, got matrix instead"],
  ["x offset 5m[5m]", "1:12: parse error: no offset modifiers allowed before range"],
  ["x @ 1[5m]", "1:6: parse error: no @ modifiers allowed before range"],
  [
    "sum(x) offset 5m",
    "1:1: parse error: offset modifier must be preceded by an instant vector selector or range vector selector or a subquery",
  ],
  ["(x + y) @ 5", "1:1: parse error: @ modifier must be preceded by an instant vector selector or range vector selector or a subquery"],
  ["sum(rate(x[5m]) by (a)", "1:17: parse error: unexpected <by> in aggregation"],
  ["avg(x) without (a,, b)", '1:19: parse error: unexpected "," in grouping opts, expected label'],
  ["x % / y", "1:5: parse error: unexpected <op:/>"],
  ["clamp(x, 1, 2, 3)", '1:1: parse error: expected 3 argument(s) in call to "clamp", got 4'],
  ["clamp(x)", '1:1: parse error: expected 3 argument(s) in call to "clamp", got 1'],
  ["round(x, 1, 2)", '1:1: parse error: expected at most 2 argument(s) in call to "round", got 3'],
  ["round()", '1:1: parse error: expected at least 1 argument(s) in call to "round", got 0'],
  ["day_of_month(x, y)", '1:1: parse error: expected at most 1 argument(s) in call to "day_of_month", got 2'],
  ["label_join(x)", '1:1: parse error: expected at least 3 argument(s) in call to "label_join", got 1'],
  ['quantile_over_time("a", x[5m])', '1:20: parse error: expected type scalar in call to function "quantile_over_time", got string'],
  ["sum(1)", "1:5: parse error: expected type instant vector in aggregation expression, got scalar"],
  ["foo @ +Inf", "1:1: parse error: timestamp out of bounds for @ modifier: +Inf"],
  ["foo @ -Inf", "1:1: parse error: timestamp out of bounds for @ modifier: -Inf"],
  ["foo @ NaN", "1:1: parse error: timestamp out of bounds for @ modifier: NaN"],
  ["1 + foo[5m] @ 18446744073709551616", "1:5: parse error: timestamp out of bounds for @ modifier: 18446744073709551616.000000"],
  ["MIN keep_common (some_metric)", '1:5: parse error: unexpected identifier "keep_common"'],
  ["sum y (a) (foo)", '1:5: parse error: unexpected identifier "y"'],
  ["2.5.", "1:4: parse error: unexpected character: '.'"],
  ["100..4", '1:5: parse error: unexpected number ".4"'],
  ["foo a:b", '1:5: parse error: unexpected metric identifier "a:b"'],
  ["a:b(foo)", '1:4: parse error: unexpected "("'],
  ["by (a)", '1:4: parse error: unexpected "("'],
  ["offset 1", '1:8: parse error: unexpected number "1"'],
  ["1 + atan2", "1:5: parse error: unexpected <op:atan2>"],
  ["1 end()", '1:3: parse error: unexpected "end"'],
  ["foo(vectr(1))", '1:5: parse error: unknown function with name "vectr"'],
  ["foo(a, bar(b), rate(c) d)", '1:8: parse error: unknown function with name "bar"'],
  ["foo((foo bar))", '1:10: parse error: unexpected identifier "bar"'],
  ["nofn(foo[5m) + 1", '1:12: parse error: unexpected ")" in subquery or range, expected ":" or "]"'],
  ["x + on(a) group_left(b) nosuch(y)", '1:25: parse error: unknown function with name "nosuch"'],
  ['"\\777"', "1:1: parse error: escape sequence is an invalid Unicode code point"],
  ['"\\400"', "1:1: parse error: escape sequence is an invalid Unicode code point"],
  ['"\\ud83d"', "1:1: parse error: escape sequence is an invalid Unicode code point"],
  ['"\\x."', "1:1: parse error: illegal character U+002E '.' in escape sequence"],
  ['"\\u12"', "1:1: parse error: illegal character U+0022 '\"' in escape sequence"],
  ['"\\', "1:1: parse error: escape sequence not terminated"],
  ['"x" "\\q"', "1:5: parse error: unknown escape sequence U+0071 'q'"],
  ['"a\ufffdb"', "1:1: parse error: invalid UTF-8 rune"],
  ["x{a=`\ufffd`}", "1:5: parse error: invalid UTF-8 rune"],
  ["foo\u00a0", "1:4: parse error: unexpected character: '\\u00a0'"],
  ["foo\ufeff + 1", "1:4: parse error: unexpected character: '\\ufeff'"],
  ["\u0001", "1:1: parse error: unexpected character: '\\x01'"],
  ["x{\u0007}", "1:3: parse error: unexpected character inside braces: '\\a'"],
];

/** Words of later versions (promql/parser/parse_test.go). */
const LATER: readonly (readonly [string, string])[] = [
  ["x[]", '1:3: parse error: unexpected "]" in subquery or range selector, expected number, duration, step(), or range()'],
  ['foo["5m"]', "1:5: parse error: unexpected character in duration expression: '\"'"],
  ["some_metric[5m] OFFSET 1mm", '1:24: parse error: bad number or duration syntax: "1mm"'],
  ["foo[5m1m]", '1:5: parse error: not a valid duration string: "5m1m"'],
  ["x[5m:1m:1m]", "1:9: parse error: unexpected repeated colon in duration expression"],
];

test.each([...PROMTOOL, ...LATER])("%s", (text, expected) => {
  expect(errorOf(text)).toBe(expected);
});

test("spaces of other scripts are kept where they are text", () => {
  expect(errorOf('x{a="b\u00a0c"} # \ufeff')).toBe("no error");
});

test("whatever is wrong is said at a place in the query", () => {
  const word = fc.constantFrom(
    ...'x y sum by on ( ) [ ] { } , : 5m 1.5 0x "a" \' = =~ != == + - @ start offset bool and $ ! # rate nosuch'.split(" "),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 12 }), fc.constantFrom("", " "), (words, space) => {
      const message = errorOf(words.join(space));
      expect(message).toMatch(/^(no error|unknown position: parse error: .*|1:\d+: parse error: .+)$/);
    }),
    { numRuns: 3000 },
  );
});
