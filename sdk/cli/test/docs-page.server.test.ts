import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BrowserTab, openBrowserTab, type Screen } from "../../../tools/browser/browser-tab.ts";
import { findChromium } from "../../../tools/servers/chromium-binary.ts";
import { runConcord } from "../src/command/concord.ts";
import {
  type Graph,
  isBeside,
  isInside,
  lowContrast,
  meet,
  readArticle,
  readGraph,
  sticksOut,
} from "./page-readings.ts";
import { root } from "./workspace.ts";

/** Names as long as they may be, and a comment that would be another page if it were not escaped. */
const hardContract = `syntax = "proto3";
package systems.of.departments.whose.packages.have.many.parts.v1;
import "concord/event/v1/options.proto";
option (concord.event.v1.stream) = {name: "a-stream-with-a-name-of-32-signs"};
// <script>document.title = "broken"</script> & "so on".
service SenderService {
  option (concord.event.v1.service) = {name: "the-sender-with-a-32-signs-name-"};
}
service ReaderService {
  option (concord.event.v1.service) = {
    name: "the-reader-with-a-32-signs-name-"
    consumes: {
      event: "systems.of.departments.whose.packages.have.many.parts.v1.SomethingHappenedThatTakesAnybodyWhoTellsItALongTimeToTell"
      fields: ["a_field_with_a_name_that_is_longer_than_a_telephone_is_wide"]
    }
  };
}
// Happened <b>once</b> &amp; for all.
message SomethingHappenedThatTakesAnybodyWhoTellsItALongTimeToTell {
  option (concord.event.v1.event) = {
    owner: "the-sender-with-a-32-signs-name-"
    key: "a_field_with_a_name_that_is_longer_than_a_telephone_is_wide"
  };
  string a_field_with_a_name_that_is_longer_than_a_telephone_is_wide = 1;
}
// Happens.
message B { option (concord.event.v1.event) = {owner: "the-sender-with-a-32-signs-name-"}; }
`;

const screens: readonly Screen[] = [
  { width: 1280, height: 900, colours: "light" },
  { width: 1280, height: 900, colours: "dark" },
  { width: 390, height: 844, colours: "light" },
  { width: 390, height: 844, colours: "dark" },
];

const chromium = await findChromium();

describe.skipIf(!chromium.available)("the page of events and services, in a real browser", () => {
  const opened = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "concord-page-"));
  let tab: BrowserTab;

  beforeAll(async () => {
    opened.defer(() => rmSync(folder, { recursive: true }));
    await writeDocs(root, join(folder, "shop"), "shop");
    await writeDocs(hardWorkspace(join(folder, "hard-workspace")), join(folder, "hard"), "systems");
    if (chromium.available) tab = opened.use(await openBrowserTab(chromium));
  }, 120_000);

  afterAll(() => opened.disposeAsync());

  const open = (name: string, screen: Screen) => tab.open(pathToFileURL(join(folder, name, "index.html")).href, screen);

  const cases = screens.flatMap((screen) => ["shop", "hard"].map((name) => ({ name, ...screen })));

  test.each(cases)("$name on $width pixels, $colours: nothing sticks out, nothing is hard to read", async (screen) => {
    await open(screen.name, screen);
    await tab.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })");
    expect(await tab.evaluate(sticksOut)).toEqual([]);
    expect(await tab.evaluate(lowContrast)).toEqual([]);
  });

  test.each(cases)(
    "$name on $width pixels, $colours: the graph has each label in its box, and no boxes meet",
    async (screen) => {
      await open(screen.name, screen);
      const { boxes, arrows, fontPixels } = await tab.evaluate<Graph>(readGraph);
      expect(fontPixels).toBeGreaterThanOrEqual(11);
      expect(boxes.length).toBeGreaterThanOrEqual(4);
      for (const { text, rect, label, inView } of boxes) {
        expect(isInside(label, rect), `${text} is in its box`).toBe(true);
        expect(inView, `${text} is in the picture`).toBe(true);
        const others = boxes.filter((other) => other.rect !== rect && meet(rect, other.rect));
        expect(
          others.map((other) => other.text),
          `boxes upon ${text}`,
        ).toEqual([]);
      }
      for (const { from, to } of arrows) {
        expect(boxes.some(({ rect }) => Math.abs(rect.right - from.x) < 1 && isBeside(from.y, rect))).toBe(true);
        expect(boxes.some(({ rect }) => Math.abs(rect.left - to.x) < 1 && isBeside(to.y, rect))).toBe(true);
      }
    },
  );

  test("tells of the shop's events, owners, consumers, keys and examples, and draws each way", async () => {
    await open("shop", screens[0]!);
    expect(await tab.evaluate("[...document.querySelectorAll('h1, h2')].map((each) => each.innerText)")).toEqual([
      "Events and services",
      "Who publishes what to whom",
      "Services",
      "Events and commands",
    ]);
    expect(await tab.evaluate(readArticle("shop.orders.v1.OrderShipped"))).toEqual({
      heading: "shop.orders.v1.OrderShipped",
      about: "An order was handed to the carrier.",
      "Published by": "orders",
      Consumers: "inventory, which reads order_id\nnotifications, which reads order_id, user_id",
      Key: "order_id",
      Operation: "order_id",
      Stream: "evt-orders, 8 partitions, kept 30 days",
      Subject: "evt.orders.*.*.shop.orders.v1.OrderShipped",
      example: { orderId: "order-1", userId: "user-1" },
    });
    const { boxes, arrows } = await tab.evaluate<Graph>(readGraph);
    const texts = boxes.map(({ text }) => text);
    for (const name of ["OrderShipped", "ChargePayment", "orders", "notifications"]) expect(texts).toContain(name);
    const boxAt = (x: number, y: number) =>
      boxes.find(({ rect }) => isBeside(y, rect) && (Math.abs(rect.left - x) < 1 || Math.abs(rect.right - x) < 1))
        ?.text;
    const ways = arrows.map(({ from, to }) => `${boxAt(from.x, from.y)} → ${boxAt(to.x, to.y)}`);
    expect(ways).toEqual(expect.arrayContaining(["orders → OrderShipped", "OrderShipped → notifications"]));
    expect(ways).not.toContain("OrderShipped → payments");
  });

  test("a link of the graph leads to its event", async () => {
    await open("shop", screens[2]!);
    const click = `document.querySelector('svg a[href="#shop.users.v1.UserCreated"]').dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }))`;
    await tab.evaluate(click);
    const top = "document.querySelector(':target').getBoundingClientRect().top";
    expect(await tab.evaluate<number>(top)).toBeLessThan(844);
    expect(await tab.evaluate("document.querySelector(':target').id")).toBe("shop.users.v1.UserCreated");
  });

  test("writes comments as they are, and runs nothing in them", async () => {
    await open("hard", screens[0]!);
    expect(await tab.evaluate("document.title")).toBe("Events and services");
    const type = `systems.of.departments.whose.packages.have.many.parts.v1.SomethingHappenedThatTakesAnybodyWhoTellsItALongTimeToTell`;
    expect(await tab.evaluate(readArticle(type))).toMatchObject({ about: "Happened <b>once</b> &amp; for all." });
  });

  test("asked for nothing but itself and complained of nothing, all the time", () => {
    expect(tab.requests.length).toBeGreaterThan(0);
    expect(tab.requests.filter((url) => !url.startsWith(pathToFileURL(folder).href))).toEqual([]);
    expect(tab.requests.filter((url) => !url.endsWith("/index.html"))).toEqual([]);
    expect(tab.complaints).toEqual([]);
  });
});

async function writeDocs(cwd: string, out: string, packageName: string): Promise<void> {
  const errors: string[] = [];
  const context = { now: Date.now, write: () => {}, writeError: (text: string) => errors.push(text) };
  const exitCode = await runConcord(["docs", "--out", out, "--package", packageName], { ...context, cwd });
  expect(exitCode, errors.join("")).toBe(0);
}

function hardWorkspace(cwd: string): string {
  mkdirSync(join(cwd, "contracts"), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(cwd, "node_modules"));
  cpSync(join(root, "proto", "concord", "event"), join(cwd, "imports", "concord", "event"), { recursive: true });
  writeFileSync(join(cwd, "contracts", "hard.proto"), hardContract);
  writeFileSync(join(cwd, "buf.yaml"), "version: v2\nmodules: [{path: contracts}, {path: imports}]\n");
  return cwd;
}
