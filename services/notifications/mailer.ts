import { createHash } from "node:crypto";
import { ConcordError } from "@concord/sdk";
import { createTransport } from "nodemailer";
import type { Letter } from "./templates.ts";

/** Sends one mail. */
export type SendMail = (
  mail: Letter & { readonly to: string; readonly idempotencyKey: string; readonly signal: AbortSignal },
) => Promise<void>;

/**
 * Sends by SMTP, over connections that are kept while there is more to send. The message id is made of the event's id, so that
 * mail systems drop the repetition of a mail that was sent just before a crash: a mail is an effect outside the database.
 */
export function createSmtpMailer(url: () => string): SendMail {
  let transport: ReturnType<typeof openTransport> | undefined;
  return async ({ to, subject, text, idempotencyKey }) => {
    transport ??= openTransport(url());
    const messageId = messageIdOf(idempotencyKey);
    try {
      await transport.sendMail({ from: "Shop <shop@example.com>", to, subject, text, messageId });
    } catch (cause) {
      const message = `the mail server did not take the mail of event ${idempotencyKey}`;
      throw new ConcordError("unavailable", message, { cause });
    }
  };
}

/** A connection that nobody needs is closed after ten seconds. */
function openTransport(url: string) {
  return createTransport({ url, pool: true, connectionTimeout: 5_000, socketTimeout: 10_000 });
}

function messageIdOf(key: string): string {
  return `<${createHash("sha256").update(key).digest("hex").slice(0, 32)}@shop.example.com>`;
}
