import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";

type Manager = Awaited<ReturnType<typeof jetstreamManager>>;

/** Does something to a broker beside the SDK, which would not do it. */
export async function besideSdk(brokerUrl: string, act: (manager: Manager) => Promise<unknown>): Promise<void> {
  const connection = await connect({ servers: brokerUrl });
  try {
    await act(await jetstreamManager(connection));
  } finally {
    await connection.close();
  }
}
