import { flushCompileCache } from "node:module";
import type { ConfigureRequest } from "@concord/gen/concord/conformance/v1/settings_pb.js";
import { BadRequest } from "./protocol/error.ts";
import { writeReport } from "./protocol/lines.ts";
import type { SendReport } from "./protocol/send-report.ts";
import type { SessionFaults } from "./session/faults.ts";
import { openSession, type Session } from "./session/session.ts";

/** What ops work on. */
export interface Testee {
  readonly faults: SessionFaults;
  /** @throws {BadRequest} before `configure`. */
  readonly session: Session;
  /** Ends what was, and works with these settings from now on. Gives what seemed odd. */
  configure(settings: ConfigureRequest): Promise<readonly string[]>;
  /** Ends everything; what runs may take that long, in milliseconds. */
  close(timeoutMs?: number): Promise<void>;
}

/** Makes a testee that is not configured. */
export function createTestee(write: (line: string) => void, faults: SessionFaults): Testee {
  const report: SendReport = (value) => write(writeReport(value));
  let session: Session | undefined;

  const close = async (timeoutMs?: number) => {
    const ended = session;
    session = undefined;
    await ended?.close(timeoutMs);
  };
  return {
    faults,
    get session() {
      if (session) return session;
      throw new BadRequest("configure first");
    },
    async configure(settings) {
      await close();
      session = await openSession(settings, { report, faults });
      // Node would do it at its end, which a process that is killed does not have.
      flushCompileCache();
      return [];
    },
    close,
  };
}
