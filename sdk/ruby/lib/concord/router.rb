# frozen_string_literal: true

require_relative "contract"
require_relative "error"

module Concord
  # Leads events to their handlers by type.
  class Router
    # @return [Array<Contract::EventContract>] of everything that is handled, in the order of registration
    attr_reader :contracts

    def initialize
      @contracts = []
      @by_subject = {}
      @handlers = {}
    end

    # Handles an event or command.
    # @param message_class [Class] a generated message
    # @yieldparam event [Event]
    # @yieldparam tx [Object] see {Service#on}
    # @raise [Error] `config` for a second handler of one type, `invalid_contract` when the message is no event
    # @return [self]
    def on(message_class, &handler)
      raise ArgumentError, "#{message_class} needs a block that handles it" unless handler

      contract = Contract.event(message_class)
      if @handlers.key?(contract.type)
        raise Error.new(:config, "#{contract.type} has a handler already; keep one")
      end
      @contracts << contract
      @by_subject[[contract.tree, contract.stream, contract.subject_type]] = contract
      @handlers[contract.type] = handler
      self
    end

    # Finds the contract of what a subject names. A type counts only in its own stream: elsewhere the same name is
    # somebody else's.
    # @param subject [Subject, nil]
    # @return [Contract::EventContract, nil] nil for what nobody here handles, which is skipped (conformance F13)
    def find(subject)
      subject && @by_subject[[subject.tree, subject.stream, subject.type]]
    end

    # @return [Proc] the handler of a contract's events
    def handler_of(contract)
      @handlers.fetch(contract.type)
    end
  end
end
