# frozen_string_literal: true

# What is on hand, and what of it is held for orders. The rules and tables are those of stock.ts.
class Stock
  # The first product of which too little is left.
  Shortage = Struct.new(:product_id, :wanted, :left, keyword_init: true)

  # @param db [Sequel::Database] inside a transaction wherever something is written
  def initialize(db)
    @db = db
  end

  # Gives a product as its contract has it, or refuses with `not_found`.
  # @return [Hash]
  def get(product_id)
    find(product_id) ||
      raise(Concord::Error.new(:not_found, "no product #{product_id}; list it with PutProduct"))
  end

  # Lists a product or changes a listed one. `quantity` counts what is on hand, held pieces included.
  # @return [Hash]
  def put(product_id:, name:, quantity:, price:)
    held = find(product_id)&.fetch(:reserved) || 0
    if quantity < held
      raise Concord::Error.new(:failed_precondition, "quantity: #{held} pieces of #{product_id} are held for orders")
    end

    changes = {name:, price_minor: price&.minor_units.to_i, currency: price&.currency.to_s, on_hand: quantity}
    products.insert_conflict(target: :product_id, update: changes).insert(product_id:, **changes)
    get(product_id)
  end

  # Holds all lines of an order or none. An order that was seen before is left as it is.
  # @return [Shortage, nil] the first shortage
  def reserve(order_id, lines)
    return unless reservations.where(order_id:).empty?

    wanted = merge(lines)
    held = wanted.take_while { |product_id, quantity| hold(product_id, quantity) }
    return shortage(wanted, held) if held.size < wanted.size

    reservations.insert(order_id:, state: "HELD")
    wanted.each { |product_id, quantity| reservation_lines.insert(order_id:, product_id:, quantity:) }
    nil
  end

  # Makes what is held for an order available again.
  # @return [Boolean] false when nothing is held
  def release(order_id)
    settle(order_id, "RELEASED") { |product_id, quantity| let_go(product_id, quantity) }
  end

  # Takes what is held for an order off the shelf.
  # @return [Boolean] false when nothing is held
  def sell(order_id)
    settle(order_id, "SOLD") do |product_id, quantity|
      products.where(product_id:).update(held: Sequel[:held] - quantity, on_hand: Sequel[:on_hand] - quantity)
    end
  end

  private

  def products = @db[:product]

  def reservations = @db[:reservation]

  def reservation_lines = @db[:reservation_line]

  def find(product_id)
    row = products.first(product_id:) or return
    {product_id:, name: row[:name], quantity: row[:on_hand] - row[:held], reserved: row[:held],
     price: Shop::Common::V1::Money.new(minor_units: row[:price_minor], currency: row[:currency])}
  end

  # One line per product, in one order for all, so that two orders never lock products crosswise.
  def merge(lines)
    lines.each_with_object(Hash.new(0)) { |line, sums| sums[line.product_id] += line.quantity }.sort
  end

  def hold(product_id, quantity)
    enough = products.where(product_id:).where(Sequel[:on_hand] - Sequel[:held] >= quantity)
    enough.update(held: Sequel[:held] + quantity).positive?
  end

  def let_go(product_id, quantity)
    products.where(product_id:).update(held: Sequel[:held] - quantity)
  end

  def shortage(wanted, held)
    held.each { |product_id, quantity| let_go(product_id, quantity) }
    product_id, quantity = wanted[held.size]
    Shortage.new(product_id:, wanted: quantity, left: find(product_id)&.fetch(:quantity) || 0)
  end

  def settle(order_id, state)
    return false if reservations.where(order_id:, state: "HELD").update(state:).zero?

    reservation_lines.where(order_id:).order(:product_id).select_map([:product_id, :quantity]).each { |line| yield(*line) }
    true
  end
end
