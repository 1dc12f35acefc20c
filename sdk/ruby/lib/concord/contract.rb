# frozen_string_literal: true

require "concord/event/v1/options_pb"
require_relative "contract/event_contract"
require_relative "contract/service_contract"
require_relative "contract/schema_digest"
require_relative "contract/stream_contract"

module Concord
  # What protobuf files say about events, streams and services, read from their descriptors.
  module Contract
    @cache = {}
    @lock = Mutex.new

    class << self
      # Reads the contract of an event or command, once for each message.
      # @param message_class [Class] a generated message
      # @raise [Error] `invalid_contract`
      # @return [EventContract]
      def event(message_class)
        @cache[message_class] || @lock.synchronize { @cache[message_class] ||= EventContract.new(message_class) }
      end

      # Finds the contract of a type that this program has loaded.
      # @param type [String] full protobuf name
      # @return [EventContract, nil]
      def event_of_type(type)
        descriptor = Google::Protobuf::DescriptorPool.generated_pool.lookup(type)
        event(descriptor.msgclass) if descriptor.is_a?(Google::Protobuf::Descriptor) && event?(descriptor.msgclass)
      end

      # Tells whether a message is an event or a command.
      def event?(message_class)
        Options.set?(:event, message_class.descriptor.options)
      end

      # Reads the contract of a service.
      # @param name [String] full protobuf name of the service, such as `shop.inventory.v1.InventoryService`
      # @raise [Error] `invalid_contract`
      # @return [ServiceContract]
      def service(name)
        ServiceContract.new(name)
      end
    end
  end
end
