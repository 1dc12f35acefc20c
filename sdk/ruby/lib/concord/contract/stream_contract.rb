# frozen_string_literal: true

require_relative "options"

module Concord
  module Contract
    # The stream that keeps the events of one file, with every default applied.
    class StreamContract
      DAY_MS = 86_400_000
      # Enough for most, few enough to read all of them.
      DEFAULT_PARTITIONS = 8

      # @return [String] usually its owner's name
      attr_reader :name
      # @return [Integer] how long events are kept, in milliseconds; default 7 days
      attr_reader :retention_ms
      # @return [Integer, nil] copies on broker nodes; nil: 3 on a cluster, 1 on a single node
      attr_reader :replicas
      # @return [Integer, nil] size at which publishing is refused
      attr_reader :max_bytes
      # @return [Integer, nil] number of events at which publishing is refused
      attr_reader :max_messages
      # @return [Integer] time in which the broker drops a repeated message id, in milliseconds; default 120,000
      attr_reader :dedupe_window_ms
      # @return [Integer] 1 to 256, default 8; never changed afterwards
      attr_reader :partitions

      # @param file [Google::Protobuf::FileDescriptor]
      # @raise [Error] `invalid_contract` when the file names no stream
      def initialize(file)
        unless Options.set?(:stream, file.options)
          raise Error.new(:invalid_contract, "#{file.name} names no stream; set option (concord.event.v1.stream)")
        end

        options = Options.get(:stream, file.options)
        @name = options.name
        @retention_ms = (options.has_retention_days? ? options.retention_days : 7) * DAY_MS
        @replicas = options.replicas if options.has_replicas?
        @max_bytes = options.max_bytes if options.has_max_bytes?
        @max_messages = options.max_messages if options.has_max_messages?
        @dedupe_window_ms = (options.has_dedupe_window_seconds? ? options.dedupe_window_seconds : 120) * 1000
        @partitions = options.has_partitions? ? options.partitions : DEFAULT_PARTITIONS
        freeze
      end
    end
  end
end
