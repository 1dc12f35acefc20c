import type { StoredMessage } from "../broker/stream-source.ts";
import { brokerStream, type CaseContext } from "../context/case-context.ts";
import { decodeData } from "../context/fixtures.ts";
import type { JsonObject } from "../suite/json.ts";
import { SuiteError } from "../suite/suite-error.ts";
import { bytesJson } from "../wire/bytes-value.ts";
import { headersByName } from "../wire/header-list.ts";
import { fromWire } from "../wire/message-format.ts";
import { plainToJson } from "../wire/plain-envelope.ts";
import { isSentinel } from "./sentinel.ts";

/** A message as patterns see it. */
export interface MessageView extends JsonObject {
  readonly seq: number;
}

/** The messages of a stream, without the runner's own sentinels. */
export async function viewStream(context: CaseContext, name: string): Promise<MessageView[]> {
  if (!context.streams) throw new SuiteError("this expectation needs a broker: a level above L0");
  const messages = await context.streams.messages(brokerStream(context, name));
  return messages.map(viewMessage).filter(({ key }) => !isSentinel(key as string | undefined));
}

function viewMessage({ seq, subject, headers, body }: StoredMessage): MessageView {
  const plain = tryRead({ headers, body });
  const envelope = plain && plainToJson(plain);
  const data = plain?.data && decodeData(plain.type ?? "", Buffer.from(String(envelope!.data), "hex"));
  const key = plain?.key;
  return {
    seq,
    subject,
    headers: headers.map(({ name, value }) => ({ name, value })),
    header: headersByName(headers),
    body: bytesJson(body),
    size: body.length,
    ...(key === undefined ? {} : { key }),
    ...(envelope ? { envelope } : {}),
    ...(data ? { data, run: `${key ?? "-"}:${data.n ?? 0}` } : {}),
  };
}

function tryRead(message: Pick<StoredMessage, "headers" | "body">) {
  try {
    return fromWire(message);
  } catch {
    return undefined;
  }
}
