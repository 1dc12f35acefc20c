import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crashOne } from "./chaos.ts";
import { readOptions, type ShopOptions, UsageError, usage } from "./options.ts";
import { openShop } from "./shop.ts";
import { tellStory } from "./story.ts";

process.exitCode = await main(process.argv.slice(2));
process.exit();

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = readOptions(args);
    if (options === "help") say(usage);
    else await playShop(options);
    return 0;
  } catch (error) {
    console.error(`✗ ${(error as Error).message}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function playShop(options: ShopOptions): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const stopped = untilStopped();
  const folder = options.dataFolder ?? (await mkdtemp(join(tmpdir(), "concord-shop-")));
  if (!options.dataFolder) stack.defer(() => rm(folder, { recursive: true, force: true }));
  const crashed = Promise.withResolvers<never>();
  crashed.promise.catch(() => {});
  const onCrash = (message: string) => crashed.reject(new Error(message));

  const opening = openShop({ options, folder, onCrash });
  const shop = stack.use(await Promise.race([opening, crashed.promise]));
  const { url } = shop.front;
  const interrupt = options.chaos ? () => crashOne(shop, { say }) : undefined;
  const token = shop.tokens && (() => shop.tokens?.tokens.staff ?? "");
  const story = tellStory({ url, mails: shop.mails, say, interrupt, token });
  const ended = await Promise.race([story, stopped, crashed.promise]);
  if (options.once || ended === "stopped") return;
  say(`Shop       ${url}        Try: ${tryThis(url)}`);
  say(`Reference  ${url}/docs`);
  if (shop.tokens) say(`Tokens     curl -H @${shop.tokens.folder}/alice.header …, bob.header, staff.header`);
  if (shop.rubyVersion) say(`Ruby       ${shop.rubyVersion} runs inventory`);
  const [broker] = shop.brokers;
  if (broker) say(`Broker     ${broker.monitorUrl}/jsz?streams=true`);
  await Promise.race([stopped, crashed.promise]);
}

function tryThis(url: string): string {
  const body = JSON.stringify({ user_id: "ada", items: [{ product_id: "phone", quantity: 1 }] });
  return `curl -X POST ${url}/orders -H 'content-type: application/json' -d '${body}'`;
}

function untilStopped(): Promise<"stopped"> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => resolve("stopped"));
  });
}

function say(line: string): void {
  console.log(line);
}
