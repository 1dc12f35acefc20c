import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

const folder = new URL("../", import.meta.url);

/** The sources of the services themselves, without what starts them together. */
function sources(): { readonly path: string; readonly text: string }[] {
  const services = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return services
    .filter(({ name }) => name !== "shop")
    .flatMap(({ name }) => readdirSync(new URL(`${name}/`, folder)).map((file) => `${name}/${file}`))
    .filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts"))
    .map((path) => ({ path, text: readFileSync(new URL(path, folder), "utf8") }));
}

it("leaves no way to publish but the verbs that a transaction hands out", () => {
  const others = /createPublisher|createOutbox|stateless|publishAtomically|transport\.publish|@nats-io/;
  expect(sources().length).toBeGreaterThan(10);
  expect(sources().filter(({ text }) => others.test(text))).toEqual([]);
});
