/** What is on the shelves of a new shop. */
export const startProducts = [
  product("keyboard", "Keyboard", 12, 4_900n),
  product("phone", "Phone", 25, 29_999n),
  product("prod-001", "Laptop", 10, 99_999n),
  product("prod-002", "Mouse", 50, 2_999n),
];

function product(productId: string, name: string, quantity: number, minorUnits: bigint) {
  return { productId, name, quantity, price: { minorUnits, currency: "USD" } };
}
