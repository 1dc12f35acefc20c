import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";

/** A mail as it arrived. */
export interface CaughtMail {
  readonly to: string;
  readonly subject: string;
}

/** A mail server that delivers nothing: it keeps what it is sent, so that the story can show it. */
export interface MailCatcher extends AsyncDisposable {
  /** `smtp://127.0.0.1:PORT` */
  readonly url: string;
  /** Resolves with the first mail whose subject holds the text; undefined when none comes in time. */
  waitFor(subjectPart: string, timeoutMs: number): Promise<CaughtMail | undefined>;
}

/** Starts a mail server on a free port of this machine. */
export async function startMailCatcher(): Promise<MailCatcher> {
  const mails: CaughtMail[] = [];
  const watchers = new Set<() => void>();
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["AUTH", "STARTTLS"],
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const to = session.envelope.rcptTo.map(({ address }) => address).join(", ");
        mails.push({ to, subject: readSubject(Buffer.concat(chunks).toString()) });
        for (const watch of watchers) watch();
        done();
      });
    },
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  // Senders may die in the middle of a mail; the next ones are not theirs.
  server.on("error", () => {});
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    waitFor: (part, timeoutMs) =>
      waitFor(() => mails.find(({ subject }) => subject.includes(part)), watchers, timeoutMs),
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** Reads the subject of a message, unfolded (RFC 5322 section 2.2.3). */
function readSubject(message: string): string {
  const head = message.split("\r\n\r\n", 1)[0] ?? "";
  return /^subject: (.*)$/im.exec(head.replace(/\r\n[ \t]+/g, " "))?.[1] ?? "";
}

function waitFor<Found>(
  find: () => Found | undefined,
  watchers: Set<() => void>,
  timeoutMs: number,
): Promise<Found | undefined> {
  return new Promise((resolve) => {
    const finish = (found: Found | undefined) => {
      clearTimeout(timer);
      watchers.delete(look);
      resolve(found);
    };
    const look = () => {
      const found = find();
      if (found) finish(found);
    };
    const timer = setTimeout(() => finish(undefined), timeoutMs);
    watchers.add(look);
    look();
  });
}
