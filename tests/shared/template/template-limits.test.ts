/** What a template may cost is bounded wherever its texts go: templates come from users. */
import { alertmanagerFunctions } from "@sightline/shared/template/alertmanager-functions";
import { expandAlertTemplate } from "@sightline/shared/template/alert-template";
import { executeTemplate, isTooMuch } from "@sightline/shared/template/execute";
import { parseTemplate } from "@sightline/shared/template/parse";
import { describe, expect, test } from "vitest";

const NO_PORTS = { query: () => [], externalUrl: "", nowMs: 0 };

const annotation = (text: string): string => expandAlertTemplate(text, { job: "api" }, 1, NO_PORTS, "A");

function notification(text: string): string {
  const template = parseTemplate(text);
  if (!template.ok) return template.error.message;
  const done = executeTemplate(template.value, null, alertmanagerFunctions(0));
  return done.ok ? done.value : done.error.message;
}

/** `$a` as many times itself as `by` says, again and again. */
const growing = (first: string, by: string, end = "{{ len $a }}"): string => `{{ $a := ${first} }}${`{{ $a = ${by} }}`.repeat(40)}${end}`;

describe("a text that a variable keeps grows no longer than one that is written", () => {
  for (const [name, text] of Object.entries({
    "by printf": growing('"aaaa"', 'printf "%s%s%s%s" $a $a $a $a'),
    "by printf at width": growing('"%1000d"', "printf $a 1 | print $a"),
    "by printf of more than it prints": growing('"aaaa"', 'printf "x" $a $a $a | print'),
    "by print": growing('"aaaa"', "print $a $a"),
    "by println": growing('"aaaa"', "println $a $a"),
    "by escaping": growing('"&"', "html $a $a"),
    "by quoting": growing('"a"', 'printf "%q%q" $a $a'),
    "by replacing": growing('"aaaa"', 'reReplaceAll "a" $a $a'),
    "by replacing with what was found": growing('"aaaa"', 'reReplaceAll "a+" "$0$0$0" $a'),
  }))
    test(name, () => {
      for (const expand of [annotation, notification]) expect(expand(text)).toContain("the text grows beyond 262144 characters");
    });

  test("by joining", () => expect(notification(growing('"aaaa"', "join $a (stringSlice $a $a $a)"))).toContain("grows beyond 262144"));
});

test("values within values are printed as far as a text may grow, or nest", () => {
  const doubled = (end: string): string => growing('list "a"', "list $a $a", end);
  for (const end of ["{{ $a }}", "{{ print $a }}", "{{ println $a }}", '{{ printf "%v" $a }}', "{{ toJson $a }}", '{{ join "," $a }}'])
    expect(notification(doubled(end)), end).toContain("grows beyond 262144");
  expect(annotation(growing("args 1", "args $a $a", "{{ $a }}"))).toContain("grows beyond 262144");
  for (const end of ["{{ $a }}", "{{ toJson $a }}"])
    expect(notification(`{{ $a := list 1 }}{{ range 20000 }}{{ $a = list $a }}{{ end }}${end}`)).toContain("values nest deeper than 100");
  expect(notification('{{ $a := list "a" 1 }}{{ list $a $a }} {{ toJson (list $a $a) }}')).toBe('[[a 1] [a 1]] [["a",1],["a",1]]');
});

test("texts of which nothing is kept cost as well", () => {
  const long = `{{ $a := printf "%1000d" 1 }}{{ $b := print $a $a $a $a $a $a $a $a $a $a }}`;
  const said = notification(`${long}{{ range 50000 }}{{ $c := toUpper $b }}{{ end }}`);
  expect(said).toContain("its functions work through more than 4194304 characters");
  expect(isTooMuch(said)).toBe(true);
  const matching = notification(`${long}{{ range 50000 }}{{ if match "(a?b?c?)+x" $b }}{{ end }}{{ end }}`);
  expect(matching).toContain("patterns take more than");
  expect(isTooMuch(matching)).toBe(true);
  const patterns = Array.from({ length: 40 }, (_, i) => `{{ match "\\\\pL{${i + 100}}" "x" }}`).join("");
  expect(annotation(patterns)).toContain("maxExpressionSize");
  expect(notification('{{ printf "%.999999999x|%.999999999f" 1.5 1.5 | len }}')).toMatch(/^\d{4}$/);
});

test("a long text of which a pattern finds much, one after the other, costs its length", () => {
  const text = `{{ $b := printf "%1000d" 1 }}{{ $a := print $b $b $b $b $b $b $b $b $b $b }}{{ reReplaceAll " " "_" $a | len }} {{ reReplaceAll "\\\\s+" "" $a }}`;
  expect(notification(text)).toBe(`10000 ${"1".repeat(10)}`);
});

test("so does one with groups and alternatives, which may look further than its match", () => {
  const lines = `{{ $b := "${"GET /api/orders/4711?user=42 took 17 ms; ".repeat(1000)}" }}`;
  const found = notification(
    `${lines}{{ reReplaceAll "(user|token)=([0-9]+)" "$1=…" $b | reReplaceAll "(?:/[a-z]+)+/(\\\\d+)" "/$1" | len }} {{ match "(PUT|POST) /" $b }}`,
  );
  expect(found).toBe(`${"GET /4711?user=… took 17 ms; ".length * 1000 + 2000} false`);
  expect(notification(`${lines}{{ reReplaceAll "G(.*PUT)?" "" $b }}`)).toContain("patterns take more than");
});

test("a thousand alerts' worth of short texts is no such thing", () => {
  const text = `{{ range 1000 }}{{ printf "%s on %s" "disk almost full" "host-1.example.org" | toUpper | reReplaceAll "HOST-([0-9]+)" "h$1" }}\n{{ end }}`;
  expect(notification(text).length).toBeGreaterThan(30_000);
});
