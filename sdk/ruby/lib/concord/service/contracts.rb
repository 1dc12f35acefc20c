# frozen_string_literal: true

require_relative "../contract"
require_relative "../error"

module Concord
  class Service
    # What the contracts say about one service, found from what it handles and answers.
    class Contracts
      # @return [Contract::ServiceContract, nil] nil for a service that no proto service declares
      attr_reader :service
      # @return [String] written as the source of its events
      attr_reader :source
      # @return [Array<Contract::EventContract>] what it handles
      attr_reader :handled
      # @return [Array<Contract::EventContract>] events that it publishes and commands that it sends
      attr_reader :published

      # @param name [String]
      # @param handled [Array<Contract::EventContract>]
      # @param types [Array<String>] proto services that declare it or that it answers
      # @raise [Error] `invalid_contract`
      def initialize(name, handled:, types:)
        @name = name
        @handled = handled
        @service = find_service(types)
        refuse_undeclared if @service
        @published = find_published
        @source = @service&.source || "/#{package_root}/#{name}"
        freeze
      end

      private

      def find_service(types)
        contracts = types.uniq.map { |type| Contract.service(type) }
        foreign = contracts.find { |contract| contract.name != @name }
        return contracts.first unless foreign

        raise Error.new(:invalid_contract, "service #{@name} answers #{foreign.descriptor.name}, whose contract names it " \
          "#{foreign.name.inspect}")
      end

      def refuse_undeclared
        missing = handled.map(&:type) - service.consumes
        return if missing.empty?

        listed = missing.map { |type| "{event: \"#{type}\"}" }.join(", ")
        raise Error.new(:invalid_contract, "#{service.descriptor.name} handles what its contract does not list; " \
          "add to consumes: #{listed}")
      end

      # The runtime lists no messages; the files of what is handled and answered name theirs.
      def find_published
        files = [service&.descriptor&.file_descriptor, *handled.map { |each| each.message_class.descriptor.file_descriptor }]
        own = files.compact.uniq(&:name).flat_map { |file| events_of(file.to_proto) }
          .select { |contract| !contract.command? && contract.owner == @name }
        (own + (service&.sends || []).filter_map { |type| Contract.event_of_type(type) }).uniq(&:type)
      end

      def events_of(file)
        file.message_type.filter_map { |message| Contract.event_of_type("#{file.package}.#{message.name}") }
      end

      def package_root
        handled.first&.type&.split(".")&.first || "concord"
      end
    end
  end
end
