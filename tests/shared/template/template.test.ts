import { executeTemplate } from "@sightline/shared/template/execute";
import type { GoValue } from "@sightline/shared/template/go-value";
import { parseTemplate } from "@sightline/shared/template/parse";
import { checkAlertTemplate, expandAlertTemplate } from "@sightline/shared/template/alert-template";
import { describe, expect, it } from "vitest";

function render(text: string, data: GoValue = null): string {
  const template = parseTemplate(text);
  if (!template.ok) return template.error.message;
  const done = executeTemplate(template.value, data, {});
  return done.ok ? done.value : done.error.message;
}

const map = (entries: Record<string, GoValue>): GoValue => new Map(Object.entries(entries));

describe("the template language, as Go's text/template has it", () => {
  // The expected texts are those of Go 1.24's text/template for the same template and data.
  it.each<[string, GoValue, string]>([
    ["plain", null, "plain"],
    ["{{ . }}", "x", "x"],
    ["{{/* nothing */}}a", null, "a"],
    ["a  {{- /* gone */ -}}  b", null, "ab"],
    ["a {{- 1 -}} b", null, "a1b"],
    ["{{ -1 }} {{ 1.5 }} {{ 1e6 }} {{ 0x10 }} {{ 'a' }}", null, "-1 1.5 1e+06 16 97"],
    ["{{ true }}{{ false }}", null, "truefalse"],
    ['{{ "a\\tb" }}{{ `c\\n` }}', null, "a\tbc\\n"],
    ["{{ if . }}yes{{ else }}no{{ end }}", "", "no"],
    ["{{ if eq . 1 }}one{{ else if eq . 2 }}two{{ else }}many{{ end }}", 2n, "two"],
    ["{{ range . }}<{{ . }}>{{ else }}none{{ end }}", ["a", "b"], "<a><b>"],
    ["{{ range . }}<{{ . }}>{{ else }}none{{ end }}", [], "none"],
    ["{{ range $i, $x := . }}{{ $i }}={{ $x }};{{ end }}", ["a", "b"], "0=a;1=b;"],
    ["{{ range $k, $v := . }}{{ $k }}={{ $v }};{{ end }}", map({ b: "2", a: "1" }), "a=1;b=2;"],
    ["{{ range . }}{{ if eq . 2 }}{{ continue }}{{ end }}{{ if eq . 4 }}{{ break }}{{ end }}{{ . }}{{ end }}", [1n, 2n, 3n, 4n, 5n], "13"],
    ["{{ with .a }}{{ . }}{{ else }}empty{{ end }}", map({ a: "x" }), "x"],
    ["{{ with .b }}{{ . }}{{ else }}empty{{ end }}", map({ a: "x" }), "empty"],
    ["{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ end }}{{ $x }}", null, "2"],
    ["{{ $x := 1 }}{{ if true }}{{ $x := 2 }}{{ end }}{{ $x }}", null, "1"],
    ['{{ define "t" }}[{{ . }}]{{ end }}{{ template "t" 5 }}', null, "[5]"],
    ['{{ block "t" . }}({{ . }}){{ end }}', "x", "(x)"],
    ['{{ printf "%05.2f|%-5s|%5d|%x|%q|%v|%t|%%" 3.14159 "ab" 42 255 "q" . true }}', ["a", 1n], '03.14|ab   |   42|ff|"q"|[a 1]|true|%'],
    ['{{ printf "%d" 1.5 }} {{ printf "%s" }} {{ printf "x" 1 }}', null, "%!d(float64=1.5) %!s(MISSING) x%!(EXTRA int=1)"],
    ['{{ printf "%.3g %.3g %g %g" 1234567.0 0.00001234 100000.0 1000000.0 }}', null, "1.23e+06 1.23e-05 100000 1e+06"],
    ['{{ "a" | printf "%s-%s" "b" }}', null, "b-a"],
    ["{{ (index . 1).x }}", [null, map({ x: "y" })], "y"],
    ["{{ len . }} {{ slice . 1 2 }}", ["a", "b", "c"], "3 [b]"],
    ["{{ and 1 0 }} {{ or 0 2 }} {{ not 0 }}", null, "0 2 true"],
    ["{{ lt 1 2 }} {{ ge 1.5 1.5 }} {{ ne `a` `b` }} {{ eq 1 2 1 }}", null, "true true true true"],
    ['{{ print "a" 1 2 "b" }} {{ html "<&>" }} {{ urlquery "a b&" }}', null, "a1 2b &lt;&amp;&gt; a+b%26"],
    ["{{ . }}", map({ b: 1n, a: [true] }), "map[a:[true] b:1]"],
    // Of two nearest texts the one that ends even.
    ['{{ printf "%.3g %.3g %.2e %.2e %.0e" 2.125 2.375 1.125 -1.375 2.5 }}', null, "2.12 2.38 1.12e+00 -1.38e+00 2e+00"],
    ['{{ printf "%.2f %.0f %.1f %.0f %.2f" 0.125 2.5 0.25 3.5 1.005 }}', null, "0.12 2 0.2 4 1.00"],
    ['{{ printf "%[2]v %[1]v %[2]*[1]d %[5]v" 1 2 }}', null, "2 1  1 %!v(BADINDEX)"],
    ['{{ printf "%*d|%-*d|%.*f" 5 3 4 2 1 0.25 }}', null, "    3|2   |0.2"],
    ['{{ printf "%b %o %#o %O %x %#X %U %#U" 5 8 8 8 255 255 128512 233 }}', null, "101 10 010 0o10 ff 0XFF U+1F600 U+00E9 'é'"],
    ['{{ printf "%q %c %#v %#v" 65 9786 "a" 5 }}', null, "'A' ☺ \"a\" 5"],
    [String.raw`{{ js "'x' <a>=\n" }}`, null, String.raw`\'x\' \u003Ca\u003E\u003D\u000A`],
    ["{{ call .f 2 }}", map({ f: (value = null) => [value, value] }), "[2 2]"],
    ["{{ .missing }}|", map({}), "|"],
  ])("%s", (text, data, expected) => {
    expect(render(text, data)).toBe(expected);
  });

  it.each([
    ["{{", "line 1: an action `{{` is not closed"],
    ["a\n{{ if }}", "line 2: a command is missing"],
    ["{{ if true }}", "line 1: {{if}} is not ended"],
    ["{{ end }}", "line 1: unexpected {{end}}"],
    ["{{ break }}", "line 1: {{break}} outside {{range}}"],
    ["{{ range query `m` }}{{ end }}{{ if true }}{{ continue }}{{ end }}", "line 1: {{continue}} outside {{range}}"],
    ["{{ range query `m` }}{{ else }}{{ break }}{{ end }}", "line 1: {{break}} outside {{range}}"],
    ["{{ ( 1 }}", "line 1: an action or a parenthesis is not closed"],
    ["{{ nope }}", 'line 1: function "nope" not defined'],
    ["{{ $x }}", 'line 1: undefined variable "$x"'],
    ['\n{{ template "a" }}', 'line 2: template "a" not defined'],
    ["{{ .x.y }}", "line 1: nil pointer evaluating <nil>.x"],
    ['{{ define "a" }}{{ template "a" }}{{ end }}{{ template "a" }}', "line 1: templates call each other more than 50 deep"],
    ["{{ call nil }}", "line 1: error calling call: call of nil"],
    ["{{ nil }}", "line 1: nil is not a command"],
    ["{{ range 1000000 }}{{ range 1000000 }}{{ end }}{{ end }}", "line 1: it takes more than 100000 steps"],
  ])("%s says where and what", (text, expected) => {
    expect(render(text)).toBe(expected);
  });
});

describe("annotations of an alert", () => {
  const ports = {
    externalUrl: "http://sightline.example/base",
    nowMs: 1_353_755_652_000,
    query: (expression: string) =>
      expression === "up"
        ? [
            { labels: { instance: "b:1" }, value: 0 },
            { labels: { instance: "a:1" }, value: 1 },
          ]
        : [],
  };
  const labels = { instance: "db1.example.org:9187", job: "postgres" };

  // The expected texts of the functions are those of prometheus/template/template_test.go.
  it.each<[string, number, string]>([
    ["{{ $labels.instance }} of {{ $labels.job }} at {{ $value }}", 1e6, "db1.example.org:9187 of postgres at 1e+06"],
    ["{{ .Labels.job }} {{ .Value }} {{ $labels.none }}.", 0.5, "postgres 0.5 ."],
    ["{{ $value | humanizePercentage }}", 0.1234567, "12.35%"],
    ["{{ range query `up` | sortByLabel `instance` }}{{ .Labels.instance }}={{ .Value }} {{ end }}", 0, "a:1=1 b:1=0 "],
    ["{{ with query `up` }}{{ . | first | value }} {{ . | first | label `instance` }}{{ end }}", 0, "0 b:1"],
    ["{{ if query `none` }}some{{ else }}none{{ end }}", 0, "none"],
    ["{{ range $x := (args 1 2) }}{{ $x }}{{ end }}", 0, "12"],
    ["{{ humanize 0.0 }}:{{ humanize 1.0 }}:{{ humanize 1234567.0 }}:{{ humanize .12 }}", 0, "0:1:1.235M:120m"],
    ["{{ humanize1024 0.0 }}:{{ humanize1024 1.0 }}:{{ humanize1024 1048576.0 }}:{{ humanize1024 .12}}", 0, "0:1:1Mi:0.12"],
    [
      "{{ range $d := (args 0.0 1.0 60.0 3600.0 86400.0 90061.0 -93784.5) }}{{ humanizeDuration $d }}:{{ end }}",
      0,
      "0s:1s:1m 0s:1h 0m 0s:1d 0h 0m 0s:1d 1h 1m 1s:-1d 2h 3m 4s:",
    ],
    ["{{ range $d := (args .1 .0001 .12345 60.1 12.3456) }}{{ humanizeDuration $d }}:{{ end }}", 0, "100ms:100us:123.5ms:1m 0s:12.35s:"],
    ["{{ humanize 2.0625 }} {{ humanizePercentage 1234.5 }} {{ humanize `0x1p3` }} {{ humanize `1_000` }}", 0, "2.062 1.234e+05% 8 1k"],
    [
      "{{ humanizeTimestamp 1e10 }}",
      0,
      '<error expanding template: error executing template __alert_A: template: __alert_A:1:115: executing "__alert_A" at <humanizeTimestamp 1e10>: error calling humanizeTimestamp: 1e+10 cannot be represented as a nanoseconds timestamp since it overflows int64>',
    ],
    ["{{ range query `m` }}{{ break }}{{ end }}", 0, ""],
    ['{{ reReplaceAll "a*" "X" "baac" }} {{ reReplaceAll "" "-" "ab" }}', 0, "XbXcX -a-b-"],
    ["{{ title `ǆ o'neil x-y a_b ßa` }}", 0, "ǅ O'Neil X-Y A_b ßa"],
    ["{{ humanizeTimestamp 1435065584.128 }}", 0, "2015-06-23 13:19:44.128 +0000 UTC"],
    ['{{ "-1.5" | humanize }} {{ "1435065584.128" | toTime }}', 0, "-1.5 2015-06-23 13:19:44.128 +0000 UTC"],
    ['{{ title "aa bb CC" }} {{ toUpper "aBc" }} {{ toLower "aBc" }}', 0, "Aa Bb CC ABC abc"],
    ['{{ reReplaceAll "(a)b" "${1}x$1" "ab ab" }} {{ match "a+" "aa" }}', 0, "axa axa true"],
    [
      '{{ stripPort "1.2.3.4:80" }} {{ stripDomain "a.b.c:80" }} {{ stripPort "[::1]:80" }} {{ stripDomain "1.2.3.4:80" }}',
      0,
      "1.2.3.4 a:80 ::1 1.2.3.4:80",
    ],
    ['{{ parseDuration "1h30m" }}', 0, "5400"],
    ["{{ now }} {{ now | humanizeTimestamp }}", 0, "1.353755652e+09 2012-11-24 11:14:12 +0000 UTC"],
    ["{{ ((now | toTime).Add (toDuration 90)).Unix }} {{ (toTime 0.5).UnixMilli }}", 0, "1353755742 500"],
    ['{{ (1435065584.128 | toTime).Format "2006" }} {{ (toTime "1435065584").UTC.Year }}', 0, "2015 2015"],
    [
      "{{ range $d := (args 0 0.0000015 0.25 59.5 3600 -90061.001) }}{{ toDuration $d }}:{{ end }}",
      0,
      "0s:1.5µs:250ms:59.5s:1h0m0s:-25h1m1.001s:",
    ],
    ['{{ (toDuration "5400").Hours }} {{ (toDuration 1.5).Milliseconds }} {{ toDuration 61 | printf "%s" }}', 0, "1.5 1500 1m1s"],
    [
      '{{ graphLink "up == 0" }} {{ pathPrefix }} {{ externalURL }}',
      0,
      "/graph?g0.expr=up+%3D%3D+0&g0.tab=0 /base http://sightline.example/base",
    ],
    ["{{ nope }}", 0, '<error expanding template: error parsing template __alert_A: template: __alert_A:1: function "nope" not defined>'],
    ["{{ $value | printf `%.1f` }} {{ printf `%d` 3 }}", 2.25, "2.2 3"],
  ])("%s", (text, value, expected) => {
    expect(expandAlertTemplate(text, labels, value, ports, "A")).toBe(expected);
  });

  // As promtool 2.42 shows them.
  it.each([
    [
      '{{ humanize "x" }}',
      '1:115: executing "__alert_A" at <humanize "x">: error calling humanize: strconv.ParseFloat: parsing "x": invalid syntax',
    ],
    [
      '{{ query "nope" | first }}',
      '1:130: executing "__alert_A" at <first>: error calling first: first() called on vector with no elements',
    ],
    ["{{ humanize }}", '1:115: executing "__alert_A" at <humanize>: wrong number of args for humanize: want 1 got 0'],
    ["{{ nil }}", '1:115: executing "__alert_A" at <nil>: nil is not a command'],
    ['{{ template "nope" }}', '1:124: executing "__alert_A" at <{{template "nope"}}>: template "nope" not defined'],
    ["{{ .Labels.job.x }}", `1:122: executing "__alert_A" at <.Labels.job.x>: can't evaluate field x in type string`],
    [
      'é\n é {{ match  "[" `x` }}',
      '2:7: executing "__alert_A" at <match "[" `x`>: error calling match: error parsing regexp: missing closing ]: `[`',
    ],
    [
      '{{ define "d" }}{{ humanize . }}{{ end }}{{ template "d" true }}',
      `1:131: executing "d" at <humanize .>: error calling humanize: can't convert bool to float`,
    ],
  ])("%s says where in Go's words", (text, expected) => {
    expect(expandAlertTemplate(text, labels, 0, ports, "A")).toBe(
      `<error expanding template: error executing template __alert_A: template: __alert_A:${expected}>`,
    );
  });

  it("what a rule may say is what its alert can execute: every function that Go's templates have, `and` and `or` among them", () => {
    const text = "{{ if and (gt $value 1.0) (or (lt $value 5.0) (eq $labels.job `postgres`)) }}between{{ end }}";
    expect(checkAlertTemplate(text).ok).toBe(true);
    expect(expandAlertTemplate(text, labels, 3, ports, "A")).toBe("between");
    const everywhere = "and or not len index slice call print printf println html js urlquery eq ne lt le gt ge".split(" ");
    for (const name of everywhere) expect(checkAlertTemplate(`{{ ${name} 1 }}`).ok, name).toBe(true);
    expect(checkAlertTemplate("{{ nand 1 }}")).toMatchObject({ error: { message: 'line 1: function "nand" not defined' } });
  });
});

/** What promtool 2.42 gives for the same alert. */
describe("details of annotations, to the letter as in Prometheus", () => {
  const ports = { query: () => [], externalUrl: "", nowMs: 0 };
  it.each<[string, number, string]>([
    ["{{ $value | humanizeTimestamp }}", 1234.5678, "1970-01-01 00:20:34.567 +0000 UTC"],
    ["{{ $value | humanizeTimestamp }}", 999.9999, "1970-01-01 00:16:39.999 +0000 UTC"],
    ["{{ $value | toTime }}", -0.00001, "1970-01-01 00:00:00 +0000 UTC"],
    ['{{ tableLink "sum(rate(x[5m]))" }}', 0, "/graph?g0.expr=sum%28rate%28x%5B5m%5D%29%29&g0.tab=1"],
    ["{{ if gt $value 10.0 }}more{{ end }}{{ if ge $value 10.0 }} or as much{{ end }}", Number.NaN, "more or as much"],
    ["{{ if lt $value 10.0 }}less{{ end }}{{ if le $value 10.0 }} or as much{{ end }}", Number.NaN, ""],
    ['{{ printf "%G|%+d|% d|%6d|" $value $value 5 $value }}', 1e-7, "1E-07|%!d(float64=+1e-07)| 5|%!d(float64= 1e-07)|"],
    ['{{ printf "%08.2f|%+f|% f|%05.1f" $value $value $value -1.5 }}', Number.NaN, "     NaN|+NaN| NaN|-01.5"],
    ['{{ printf "%x|%X|%b|%.2x" $value $value $value $value }}', 1.5, "0x1.8p+00|0X1.8P+00|6755399441055744p-52|0x1.80p+00"],
    ['{{ printf "%x|%b" $value $value }}', 1e-320, "0x1.fap-1064|2024p-1074"],
    ['{{ printf "%x|%x" $value -0.1 }}', 0, "0x0p+00|-0x1.999999999999ap-04"],
    [
      '{{ printf "%+v|%+v|% v|%#g|%#g|%#.3g|%#e|%#.0f|%#G|%#x|%+#g|%#v|%#8.2g" $value 5 $value $value 0.0 $value $value $value 1e-7 1.5 $value $value 2.0 }}',
      1e6,
      "1e+06|5| 1e+06|1.00000e+06|0.00000|1.00e+06|1.000000e+06|1000000.|1.00000E-07|0x1.8000p+00|+1.00000e+06|1e+06|     2.0",
    ],
    ['{{ printf "%#g|%#.3g|%+v" $value $value $value }}', Infinity, "+Inf|+Inf|+Inf"],
    [
      '{{ printf "%q|%5s|%d|%x|%-6v|%T" $labels $labels $labels $labels $labels $labels }}',
      0,
      'map["__name__":"x" "job":"api"]|map[__name__:    x   job:  api]|map[%!d(string=__name__):%!d(string=x) %!d(string=job):%!d(string=api)]|map[5f5f6e616d655f5f:78 6a6f62:617069]|map[__name__:x      job   :api   ]|map[string]string',
    ],
    [
      '{{ printf "%d %5d %T" (args 1 "b") (args 1 2) (args 1) }}',
      0,
      "map[%!d(string=arg0):1 %!d(string=arg1):%!d(string=b)] map[%!d(string= arg0):    1 %!d(string= arg1):    2] map[string]interface {}",
    ],
    ['{{ printf "%+q|%q|% x" "日" "日" "ab" }}', 0, '"\\u65e5"|"日"|61 62'],
    ['{{ "ß straße ŉ" | toUpper }}', 0, "ß STRAßE ŉ"],
    [
      '{{ stripDomain "host.a.b:" }} {{ stripDomain "host.a.b:x" }} {{ stripPort "a:b:c" }} {{ stripPort "h:x" }}',
      0,
      "host host:x a:b:c h",
    ],
    ["{{ 017 }} {{ 0o17 }} {{ -017 }}", 0, "15 15 -15"],
    ['{{ slice "añb" 0 3 }} {{ index "añb" 1 }}', 0, "añ 195"],
  ])("%s of %s", (text, value, expanded) => {
    expect(expandAlertTemplate(text, { __name__: "x", job: "api" }, value, ports, "A")).toBe(expanded);
  });

  it.each([
    ['{{ query "foo" "bar" }}', "wrong number of args for query: want 1 got 2"],
    ["{{ humanize 1 2 }}", "wrong number of args for humanize: want 1 got 2"],
    ["{{ not 1 2 }}", "wrong number of args for not: want 1 got 2"],
    ['{{ slice "abc" 1.5 }}', "error calling slice: cannot index slice/array with type float64"],
    ['{{ slice "abc" (not 1) }}', "error calling slice: cannot index slice/array with type bool"],
    ['{{ "abc" | slice "abc" }}', "error calling slice: cannot index slice/array with type string"],
    ['{{ slice "abc" 0 1 2 }}', "error calling slice: cannot 3-index slice a string"],
    ["{{ 9223372036854775808 }}", "9223372036854775808 overflows int"],
  ])("%s fails", (text, why) => {
    expect(expandAlertTemplate(text, {}, 1, ports, "A")).toContain(why);
    expect(checkAlertTemplate(text).ok).toBe(true);
  });

  it("what is given to a constant is refused where it is read", () => {
    expect(checkAlertTemplate("{{ 1 | 2 }}")).toMatchObject({ error: { message: "line 1: non executable command in pipeline stage 2" } });
  });
});
