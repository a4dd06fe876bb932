import { readText } from "./body.ts";
import { FormFields } from "./form-text.ts";
import { HttpFailure } from "./http-failure.ts";

/** Parameters of the query string and, as Prometheus's API has it, of a form body. */
export interface Parameters {
  /** Null for none; Prometheus's API takes an empty one for none, too: `given` does. */
  get(name: string): string | null;
  all(name: string): readonly string[];
}

/** As Prometheus's API reads its parameters: an empty one is none. */
export function given(parameters: Parameters, name: string): string | null {
  const text = parameters.get(name);
  return text === "" ? null : text;
}

/** A parameter that would change nothing is a mistake better told: throws naming what is unknown and what is known. */
export function refuseUnknownParameters(request: Request, known: Readonly<Record<string, string>>): void {
  const unknown = [...new Set(new URL(request.url).searchParams.keys())].filter((name) => !Object.hasOwn(known, name));
  if (unknown.length === 0) return;
  const names = unknown.map((name) => JSON.stringify(name.slice(0, 80))).join(", ");
  throw new HttpFailure("bad_request", `There is no parameter ${names} here; there are ${Object.keys(known).join(", ")}.`);
}

const NONE = new FormFields();

/** As `new URL(url).searchParams`, without taking the rest of the address apart. */
function queryOf(url: string): FormFields {
  const begin = url.indexOf("?");
  if (begin < 0) return NONE;
  const end = url.indexOf("#", begin);
  return FormFields.of(end < 0 ? url.slice(begin + 1) : url.slice(begin + 1, end));
}

/** What a form says, of either of the two kinds that Go reads, too; null for a body that is none. */
async function formOf(request: Request): Promise<FormFields | null> {
  const type = request.headers.get("content-type") ?? "";
  const mediaType = type.split(";", 1)[0]?.trim().toLowerCase();
  if (mediaType === "application/x-www-form-urlencoded") return FormFields.of(await readText(request));
  if (mediaType !== "multipart/form-data") return null;
  try {
    const form = await new Response(await readText(request), { headers: { "content-type": type } }).formData();
    const fields = new FormFields();
    for (const [name, value] of form) if (typeof value === "string") fields.add(name, value);
    return fields;
  } catch (error) {
    if (error instanceof HttpFailure) throw error;
    throw new HttpFailure("malformed", "The body is not the form that its content-type says. Nothing was kept.");
  }
}

/** Reads (and so uses up) the body only where a form is expected and sent. */
export async function readParameters(request: Request, takesForm: boolean): Promise<Parameters> {
  let parsed: FormFields | undefined;
  // Writers send none and nobody asks for them.
  const query = (): FormFields => (parsed ??= queryOf(request.url));
  const fields = takesForm && request.method === "POST" ? await formOf(request) : null;
  if (fields === null) return { get: (name) => query().get(name), all: (name) => query().all(name) };
  // The body comes first, as in Go's http.Request.Form.
  return { get: (name) => fields.get(name) ?? query().get(name), all: (name) => [...fields.all(name), ...query().all(name)] };
}
