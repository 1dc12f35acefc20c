# frozen_string_literal: true

require "json"
require "time"
require_relative "error"
require_relative "trace_context"

module Concord
  # Writes one JSON line per fact, with the field names that services in every language use. Messages of contracts are
  # written by their type alone, errors by name, code and message: no payload gets in.
  class JsonLog
    LEVELS = %i[debug info warn error silent].freeze

    # @param service [String]
    # @param level [Symbol, String] one of {LEVELS}; default `info`
    # @param output [#write]
    # @param fields [Hash] stand in every line
    def initialize(service:, level: :info, output: $stdout, fields: {})
      @service = service
      @level = level.to_sym
      @output = output
      @fields = fields
    end

    LEVELS.first(4).each_with_index do |level, rank|
      # @!method debug(message, **fields)
      # @!method info(message, **fields)
      # @!method warn(message, **fields)
      # @!method error(message, **fields)
      define_method(level) do |message, **fields|
        write(level, message, fields) if rank >= LEVELS.index(@level)
      end
    end

    # @return [JsonLog] a log whose lines all carry these fields
    def child(**fields)
      JsonLog.new(service: @service, level: @level, output: @output, fields: @fields.merge(fields))
    end

    private

    def write(level, message, fields)
      trace = TraceContext.current
      line = {level:, time: Time.now.utc.iso8601(3), service: @service}
      line[:traceId] = trace.trace_id if trace
      @fields.merge(fields).each { |name, value| line[camel_case(name)] = plain(value) }
      @output.write("#{JSON.generate({**line, msg: message})}\n")
    end

    def camel_case(name)
      name.to_s.gsub(/_(\w)/) { $1.upcase }
    end

    def plain(value)
      case value
      when Exception then {name: value.class.name, code: (value.code if value.is_a?(Error)), message: value.message}.compact
      when Google::Protobuf::MessageExts then {type: value.class.descriptor.name}
      else value
      end
    end
  end
end
