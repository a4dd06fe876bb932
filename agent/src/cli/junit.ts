/** Results of tests as JUnit's XML, as promtool writes it (Prometheus `util/junitxml`). */
export interface JunitCase {
  readonly name: string;
  readonly failures: readonly string[];
}

export interface JunitSuite {
  /** The file. */
  readonly name: string;
  /** `2026-01-31T12:00:00`; "" for a file whose tests did not begin. */
  readonly timestamp: string;
  readonly cases: readonly JunitCase[];
  /** Why no test of it ran, or undefined. */
  readonly error?: string;
}

export function junitXml(suites: readonly JunitSuite[]): string {
  return `<testsuites>${suites.map(suiteXml).join("")}</testsuites>`;
}

function suiteXml({ name, timestamp, cases, error }: JunitSuite): string {
  const failures = cases.reduce((sum, one) => sum + one.failures.length, 0);
  const all = error === undefined ? cases : [{ name: "unknown", failures: [] }];
  const head = `name="${escaped(name)}" tests="${all.length}" failures="${failures}" errors="${error === undefined ? 0 : 1}" skipped="0"`;
  const inner = all.map(
    (one) =>
      `<testcase name="${escaped(one.name)}">${one.failures.map((text) => `<failure>${escaped(text)}</failure>`).join("")}${
        error === undefined ? "" : `<error>${escaped(error)}</error>`
      }</testcase>`,
  );
  return `<testsuite ${head} timestamp="${escaped(timestamp)}">${inner.join("")}</testsuite>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&#34;",
  "'": "&#39;",
  "\t": "&#x9;",
  "\n": "&#xA;",
  "\r": "&#xD;",
};

/** What XML has no characters for becomes U+FFFD, as in Go. */
const escaped = (text: string): string =>
  text
    .toWellFormed()
    // oxlint-disable-next-line no-control-regex -- those are what is meant
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd")
    .replace(/[&<>"'\t\n\r]/g, (char) => ENTITIES[char] ?? char);
