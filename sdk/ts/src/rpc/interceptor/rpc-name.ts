import type { DescMethod } from "@bufbuild/protobuf";

/** A method's full name as logs, spans and metrics have it: `shop.orders.v1.OrderService/GetOrder`. */
export function rpcName(method: DescMethod): string {
  return `${method.parent.typeName}/${method.name}`;
}
