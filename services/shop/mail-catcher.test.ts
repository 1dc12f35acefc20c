import { once } from "node:events";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { expect, it } from "vitest";
import { startMailCatcher } from "./mail-catcher.ts";

/** Says one line after the other, each when the one before it is answered. */
async function say(url: string, lines: readonly string[]) {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  const answers = createInterface({ input: socket });
  answers.on("error", () => {});
  await once(answers, "line");
  for (const line of lines) {
    socket.write(`${line}\r\n`);
    await once(answers, "line");
  }
  return socket;
}

const envelope = ["HELO shop", "MAIL FROM:<shop@example.com>", "RCPT TO:<ada@example.com>", "DATA"];

it("catches further mails when a sender dies in the middle of one", async () => {
  await using mails = await startMailCatcher();
  for (let words = 2; words <= envelope.length; words++) {
    const dying = await say(mails.url, envelope.slice(0, words));
    dying.write("NOOP\r\nNOOP\r\nNOOP\r\n");
    dying.resetAndDestroy();
  }
  const sender = await say(mails.url, [...envelope, "Subject: your order\r\n\r\nThanks.\r\n."]);
  expect(await mails.waitFor("your order", 5_000)).toEqual({ to: "ada@example.com", subject: "your order" });
  sender.end("QUIT\r\n");
});
