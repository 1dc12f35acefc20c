/**
 * The reference of a service as one page that loads nothing from elsewhere: it reads `/openapi.json` and lets each path be
 * tried. What the document says is put in as text, never as markup.
 */
export const docsPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Reference</title>
<style>
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  body { margin: 0 auto; max-width: 60rem; padding: 1rem; }
  details { border: 1px solid #8885; border-radius: .4rem; margin: .5rem 0; padding: .5rem .8rem; }
  summary { cursor: pointer; }
  code, pre, textarea, input { font: .9rem ui-monospace, monospace; }
  pre { overflow: auto; background: #8882; padding: .6rem; border-radius: .4rem; }
  label { display: block; margin: .3rem 0; }
  textarea { width: 100%; min-height: 8rem; box-sizing: border-box; }
  .verb { display: inline-block; min-width: 4.5rem; font-weight: 700; }
  .muted { opacity: .7; }
</style>
<main>Loading …</main>
<script type="module">
const make = (tag, given = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), given);
  element.append(...children);
  return element;
};
const api = await (await fetch("/openapi.json")).json();
document.title = api.info.title;
const resolve = (schema) => schema?.$ref ? api.components.schemas[schema.$ref.split("/").at(-1)] : schema;
const sample = (schema, depth = 0) => {
  const found = resolve(schema) ?? {};
  if (found.enum) return found.enum[1] ?? found.enum[0];
  if (found.type === "object" && depth < 4)
    return Object.fromEntries(Object.entries(found.properties ?? {}).map(([name, each]) => [name, sample(each, depth + 1)]));
  if (found.type === "array") return depth < 4 ? [sample(found.items, depth + 1)] : [];
  if (found.type === "integer" || found.type === "number") return Math.max(1, found.minimum ?? 1);
  if (found.type === "boolean") return true;
  return found.format === "int64" ? "1" : found.format === "date-time" ? new Date().toISOString() : "";
};
const operation = (verb, path, spec) => {
  const inputs = spec.parameters.map((each) => {
    const input = make("input", { required: each.required });
    return { ...each, input, row: make("label", {}, each.name + " (" + each.in + (each.required ? ", required" : "") + ") ", input,
      make("span", { className: "muted", textContent: " " + (each.description ?? "") })) };
  });
  const schema = spec.requestBody?.content["application/json"].schema;
  const body = schema && make("textarea", { value: JSON.stringify(sample(schema), null, 2) });
  const result = make("pre", { hidden: true });
  const send = async (event) => {
    event.preventDefault();
    let target = path;
    const query = new URLSearchParams();
    const headers = schema ? { "content-type": "application/json" } : {};
    for (const each of inputs) {
      const { value } = each.input;
      if (each.in === "path") target = target.replace("{" + each.name + "}", encodeURIComponent(value));
      else if (value !== "" && each.in === "query") query.append(each.name, value);
      else if (value !== "") headers[each.name] = value;
    }
    if (query.size > 0) target += "?" + query;
    const response = await fetch(target, { method: verb.toUpperCase(), headers, body: body?.value });
    result.hidden = false;
    result.textContent = response.status + " " + response.statusText + "\\n" + await response.text();
  };
  return make("details", {},
    make("summary", {}, make("span", { className: "verb", textContent: verb.toUpperCase() }), make("code", { textContent: path }),
      make("span", { className: "muted", textContent: "  " + (spec.summary ?? "") })),
    make("p", { textContent: spec.description ?? "" }),
    make("form", { onsubmit: send }, ...inputs.map(({ row }) => row), ...(body ? [body] : []), make("button", { textContent: "Try" })),
    result);
};
const main = document.querySelector("main");
main.replaceChildren(make("h1", { textContent: api.info.title }),
  make("p", {}, make("a", { href: "/openapi.json", textContent: "openapi.json" })));
for (const tag of api.tags) {
  main.append(make("h2", { textContent: tag.name }), make("p", { textContent: tag.description ?? "" }));
  for (const [path, verbs] of Object.entries(api.paths))
    for (const [verb, spec] of Object.entries(verbs)) if (spec.tags[0] === tag.name) main.append(operation(verb, path, spec));
}
</script>
</html>
`;
