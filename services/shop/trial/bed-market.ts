import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import { StockReservedSchema } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import {
  OrderCancelledSchema,
  OrderCreatedSchema,
  OrderService,
  OrderShippedSchema,
} from "@concord/gen/shop/orders/v1/orders_pb.js";
import {
  ChargePaymentSchema,
  PaymentCapturedSchema,
  PaymentRefundedSchema,
  RefundPaymentSchema,
} from "@concord/gen/shop/payments/v1/payments_pb.js";
import { UserService } from "@concord/gen/shop/users/v1/users_pb.js";
import { createTestBed, type TestBed } from "@concord/sdk/testing";
import { inventory } from "../../inventory/service.ts";
import { createOrders } from "../../orders/service.ts";
import { createSimulatedProvider } from "../../payments/provider.ts";
import { createPayments } from "../../payments/service.ts";
import { users } from "../../users/service.ts";
import type { Market } from "./market.ts";

/** A market in memory, on the embedded broker, whose time goes on as fast as the machine can. */
export interface BedMarket extends Market, AsyncDisposable {
  /** Processes that have died so far. */
  readonly deaths: number;
}

const redelivered: readonly DescMessage[] = [
  OrderCreatedSchema,
  StockReservedSchema,
  ChargePaymentSchema,
  PaymentCapturedSchema,
  RefundPaymentSchema,
  PaymentRefundedSchema,
  OrderCancelledSchema,
  OrderShippedSchema,
];

/** Opens a market in memory. */
export async function openBedMarket(): Promise<BedMarket> {
  let bed: TestBed;
  const peers = { orders: () => bed.client(OrderService), users: () => bed.client(UserService) };
  const askUser = async (userId: string) => void (await peers.users().getUser({ userId }));
  const services = [inventory, users, createOrders({ askUser }), createPayments(createSimulatedProvider(), peers)];
  /** Steps that are left to processes, by their services. */
  const doomed = new Map<string, number>();
  let deaths = 0;
  const crashWhen = (service: string) => {
    const left = doomed.get(service);
    if (left === undefined) return false;
    if (left > 0) doomed.set(service, left - 1);
    else doomed.delete(service);
    if (left === 0) deaths += 1;
    return left === 0;
  };
  bed = await createTestBed({ services, crashWhen });
  await bed.settled();
  const clockwork = letTimeGoOn(bed);
  return {
    get deaths() {
      return deaths;
    },
    client: (service) => bed.client(service),
    kill: async (nth, steps) => void doomed.set(services[nth % services.length]?.name ?? "", steps),
    redeliver: (nth) => redeliverLast(bed, redelivered[nth % redelivered.length] as DescMessage),
    now: () => bed.clock.now(),
    wait: async (minutes) => bed.clock.advance(minutes * 60_000),
    async settle(audit) {
      doomed.clear();
      await bed.settled();
      const faults = await audit();
      if (faults.length > 0) throw new Error(faults.join("\n"));
    },
    async [Symbol.asyncDispose]() {
      clockwork.stop();
      await bed[Symbol.asyncDispose]();
    },
  };
}

/** As a publisher that died behind the broker's answer does: with an id of its own, and the same operation. */
async function redeliverLast(bed: TestBed, schema: DescMessage): Promise<void> {
  const last = (await bed.published(schema)).at(-1);
  if (last) await bed.publish(schema, last.data as MessageInitShape<DescMessage>);
}

/** Turns of the event loop between two wakings: who is woken early looks around in vain, which costs more than a turn. */
const turnsPerWaking = 20;

/** Wakes the next sleeper again and again, with pauses in which what is awake gets on. */
function letTimeGoOn({ clock }: TestBed): { stop(): void } {
  let stopped = false;
  const turn = (turns: number) => {
    if (stopped) return;
    if (turns === 0) clock.advanceToNext();
    setImmediate(() => turn(turns === 0 ? turnsPerWaking : turns - 1));
  };
  turn(turnsPerWaking);
  return {
    stop() {
      stopped = true;
    },
  };
}
