import { openEmbedded } from "@concord/sdk/embedded";
import { inventory } from "../inventory/service.ts";
import { notifications } from "../notifications/service.ts";
import { orders } from "../orders/service.ts";
import { payments } from "../payments/service.ts";
import { users } from "../users/service.ts";

// The embedded broker belongs to one process, so on it all services run in this one.
const dataFolder = process.env.CONCORD_DATA_DIR ?? ".data";
const places = JSON.parse(process.env.CONCORD_SHOP_PLACES ?? "{}") as Record<
  string,
  { port?: number; databaseUrl?: string }
>;
const logLevel = process.env.CONCORD_LOG_LEVEL ?? "info";
const { CONCORD_AUTH_JWKS: authJwks, CONCORD_AUTH_ISSUER: authIssuer, CONCORD_AUTH_AUDIENCE } = process.env;
const auth = { authJwks, authIssuer, ...(CONCORD_AUTH_AUDIENCE && { authAudience: CONCORD_AUTH_AUDIENCE }) };

const transport = await openEmbedded({ path: `${dataFolder}/broker.db` });
const running = await Promise.all(
  [inventory, users, payments, notifications, orders].map((service) =>
    service.start({ transport, config: { dataFolder, logLevel, ...auth, port: 0, ...places[service.name] } }),
  ),
);

let stopping = false;
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.on(signal, async () => {
    if (stopping) return;
    stopping = true;
    await Promise.all(running.map((service) => service.close()));
    await transport.close();
    process.exit(0);
  });
}
