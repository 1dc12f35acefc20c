/** All that a new shop tells on its first start, whatever it runs on; ids and times are left out. For tests. */
export const wholeStory = `✓ order ID  2 × keyboard  PENDING → INVENTORY_RESERVED → CONFIRMED   MS   mail to ada@example.com
    "Your order ID is confirmed"
✓ order ID  100 × keyboard  PENDING → CANCELLED  out of stock (10 left)
✓ order ID  1 × phone  PENDING → INVENTORY_RESERVED → CONFIRMED   paid by alice: 500.00 − 299.99 = 200.01
`;

/** What was told, without what differs from one telling to the next: ids, times, who was killed, and where the shop is. */
export function toTheLetter(told: string): string {
  return told
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{4}…[0-9a-f]{2}/g, "ID")
    .replace(/\d+ ms/g, "MS")
    .replace(/^(✗ kill -9| {2}\w+ is back|Shop|Reference|Tokens|Ruby|Broker) ?.*\n/gm, "");
}
