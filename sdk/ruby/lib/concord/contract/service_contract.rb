# frozen_string_literal: true

require_relative "../error"
require_relative "options"

module Concord
  module Contract
    # What the contract says about one service of the system.
    class ServiceContract
      # @return [Google::Protobuf::ServiceDescriptor] its RPC methods
      attr_reader :descriptor
      # @return [String] the owner in the contracts of its events
      attr_reader :name
      # @return [String] source of the events that it publishes, default `/<first package part>/<name>`
      attr_reader :source
      # @return [Array<String>] full names of the events and commands that it handles
      attr_reader :consumes
      # @return [Array<String>] full names of the commands that it sends
      attr_reader :sends

      # @param type [String] full protobuf name of the service
      # @raise [Error] `invalid_contract` when it is none, or does not say which service it is
      def initialize(type)
        @descriptor = Google::Protobuf::DescriptorPool.generated_pool.lookup(type)
        unless @descriptor.is_a?(Google::Protobuf::ServiceDescriptor) && Options.set?(:service, @descriptor.options)
          raise Error.new(:invalid_contract, "#{type} names no service; set option (concord.event.v1.service)")
        end

        options = Options.get(:service, @descriptor.options)
        @name = options.name
        @source = options.source.empty? ? "/#{type.split(".").first}/#{name}" : options.source
        @consumes = options.consumes.map(&:event).freeze
        @sends = options.sends.to_a.freeze
        freeze
      end
    end
  end
end
