# frozen_string_literal: true

require_relative "../concord"
require_relative "probe"
require_relative "service/config"
require_relative "service/runner"
require_relative "service/running"

module Concord
  # A service: what it handles and answers. Making one starts nothing; {#run} does.
  #
  #   service = Concord::Service.new("inventory", contract: "shop.inventory.v1.InventoryService")
  #   service.on(Shop::Orders::V1::OrderCreated) do |event, tx|
  #     tx.db[:reservation].insert(order_id: event.data.order_id)
  #     tx.publish(Shop::Inventory::V1::StockReserved.new(order_id: event.data.order_id))
  #   end
  #   service.run
  class Service
    # @return [String] its name in the contracts
    attr_reader :name
    # @return [Sequel::Database, nil] its own client; nil: one by `CONCORD_DATABASE_URL`
    attr_reader :database
    # @return [String, nil] folder of its own `NNNN_name.sql` files
    attr_reader :migrations
    # @return [Symbol] of a stateless service, see {AcknowledgingConsumer}
    attr_reader :order
    # @return [#call] gives the violations of a message
    attr_reader :validate
    # @return [Hash, nil] the NatsPubsub system that it joins when told to
    attr_reader :nats_pubsub
    # @return [Hash{Class => Proc}] what it handles
    attr_reader :handlers
    # @return [Hash{String => Object}] what it answers
    attr_reader :rpcs

    # @param name [String] its name in the contracts: `[a-z][a-z0-9-]{0,31}`
    # @param contract [String, nil] full name of its proto service, where no {#rpc} names it
    # @param database [Sequel::Database, nil] its own client of PostgreSQL or SQLite, with more connections than handlers.
    #   Default: one by `CONCORD_DATABASE_URL`.
    # @param migrations [String, nil] folder of its own `NNNN_name.sql` files, run at start. With both dialects: subfolders
    #   `sqlite` and `postgres`.
    # @param stateless [Boolean] it has no database: events reach it at least once, effects may repeat around a crash, and
    #   handlers publish straight to the broker
    # @param order [Symbol] of a stateless service: `:strict` or `:none`
    # @param validate [#call] gives the violations of a message as `{field:, rule:, message:}`, so that events that break
    #   their contract are refused. Default: none, for no maintained library checks field rules on every Ruby from 3.1 on.
    # @param nats_pubsub [Hash, nil] the NatsPubsub system that it joins when it runs with `--codec nats-pubsub`, or
    #   `CONCORD_WIRE_FORMAT=nats-pubsub`: `environment:`, `stream:` and `topics:`, see {NatsPubsub.join}
    # @raise [Error] `config`
    def initialize(name, contract: nil, database: nil, migrations: nil, stateless: false, order: :strict,
      validate: ->(_message) { [] }, nats_pubsub: nil)
      @name = Subject.check_name(:service, name)
      @contract = contract
      @database = database
      @migrations = migrations
      @stateless = stateless
      @order = order
      @validate = validate
      @nats_pubsub = nats_pubsub
      @handlers = {}
      @rpcs = {}
    end

    # @return [Boolean] whether it has no database
    def stateless? = @stateless

    # Handles an event or command. Its writes, its inbox row and its publications are one commit; per key, effects follow
    # the producer's commits; each event has one effect.
    #
    # Return: done. Raise: again later with backoff. {TerminalError}: dead letter at once. {RetryLaterError}: not before its
    # delay. Later events of the same key wait behind a waiting one.
    # @param message_class [Class] a generated message
    # @yieldparam event [Event]
    # @yieldparam tx [Outbox::Scope, Publisher] `tx.db` is the transaction's client, `tx.publish` and `tx.send_command`
    #   publish with it; of a stateless service they publish at once and there is no `db`
    # @raise [Error] `config` for a second handler of one type, `invalid_contract` when the message is no event
    # @return [self]
    def on(message_class, &handler)
      raise ArgumentError, "#{message_class} needs a block that handles it" unless handler
      raise Error.new(:invalid_contract, "#{message_class} is no event") unless Contract.event?(message_class)
      raise Error.new(:config, "service #{name} handles #{message_class} twice; keep one handler") if handlers[message_class]

      handlers[message_class] = handler
      self
    end

    # Answers the unary methods of a proto service by the Connect protocol, in JSON and protobuf.
    # @param type [String] full name of the proto service
    # @param implementation [Object] has a method of that name, in snake case, for each that it answers: `get_stock(request,
    #   call)` gives a response, or a Hash of its fields. See {Rpc::Call}.
    # @return [self]
    def rpc(type, implementation)
      rpcs[type] = implementation
      self
    end

    # Runs a block once in the life of the database, such as for start data; without a block gives it.
    # @yieldparam tx [Outbox::Scope]
    def seed(&block)
      return @seed unless block

      @seed = block
      self
    end

    # @return [Array<String>] full names of the proto services that declare it
    def contract_types = [@contract, *rpcs.keys].compact

    # Starts it inside this process, for tests and for running several together.
    # @param config [Config]
    # @param on_failure [#call] told of what makes going on no use
    # @raise [Error] `invalid_contract`, `config`, `migration`, `unavailable`
    # @return [Running]
    def start(config, clock: Clock.new, random: Random.new, log: nil, probe: Probe::NONE, on_failure: ->(error) { raise error })
      log ||= JsonLog.new(service: name, level: config.log_level)
      Running.new(Parts.new(self, config, clock:, random:, log:, probe:), on_failure)
    end

    # Brings its own tables and Concord's up to date, and does nothing else.
    # @param config [Config]
    # @raise [Error] `config` for a service without a database, `migration`, `unavailable`
    # @return [#info] the log
    def migrate(config, log: nil)
      raise Error.new(:config, "service #{name} has no database to migrate") if stateless?

      log ||= JsonLog.new(service: name, level: config.log_level)
      Storage.new(database, config, folder: migrations, log:).close
      log
    end

    # Runs it as this process: reads `CONCORD_*`, migrates, serves, relays and consumes until SIGTERM or SIGINT, then
    # drains. Exits with 0 when it ended in order, 2 for a wrong configuration or contract, 1 for a failure.
    # @param arguments [Array<String>] of the program: `migrate` makes it end as soon as its database is up to date;
    #   `--codec NAME` is its wire format, and stands above `CONCORD_WIRE_FORMAT`
    def run(arguments = ARGV)
      exit(Runner.new(self).run(arguments))
    end
  end
end
