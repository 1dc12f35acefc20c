# frozen_string_literal: true

require "json"

module Testee
  # Writes to standard error, and reports what the protocol has a word for.
  class CaseLog
    # What the SDK logs for an operator, and the protocol's word for it.
    WARNINGS = {
      /lost or replaced events/ => "stream_rewound", /deleted events before they were read/ => "events_expired",
      /older than the broker's dedupe window/ => "outbox_old", /an outbox row was put aside/ => "outbox_quarantined",
      /too many events wait/ => "reading_stopped", /holds? its partition/ => "partition_waits",
      /order none/ => "unordered"
    }.freeze
    # Warnings that the SDK hands on as a field of its own.
    INNER = {/the filter was/ => "consumer_updated", /was deleted; it begins anew/ => "consumer_recreated"}.freeze
    private_constant :WARNINGS, :INNER

    # @param report [#call]
    def initialize(report, common = {})
      @report = report
      @common = common
    end

    def debug(message, **fields) = write("debug", message, fields)

    %i[info warn error].each do |level|
      define_method(level) do |message, **fields|
        write(level.to_s, message, fields)
        tell(message, fields)
      end
    end

    def child(**fields) = CaseLog.new(@report, @common.merge(fields))

    private

    def write(level, message, fields)
      Kernel.warn JSON.generate({level:, message:, **@common, **fields})
    end

    def tell(message, fields)
      _, code = WARNINGS.find { |pattern, _| pattern.match?(message) } ||
        INNER.find { |pattern, _| pattern.match?(fields[:warning].to_s) }
      @report.call(warning: {code:, message: fields[:warning] || message}) if code
    end
  end
end
