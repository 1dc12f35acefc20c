# frozen_string_literal: true

require "google/rpc/error_details_pb"
require_relative "../error"

module Concord
  module Rpc
    # How failures are told to callers, by the Connect protocol (https://connectrpc.com/docs/protocol#error-codes).
    module Codes
      # From our codes to those of RPC. What is missing is our own fault and tells the caller nothing: `internal`.
      TABLE = {
        already_exists: :already_exists, canceled: :canceled, circuit_open: :unavailable,
        deadline_exceeded: :deadline_exceeded, failed_precondition: :failed_precondition,
        invalid_argument: :invalid_argument, invalid_attribute: :invalid_argument, invalid_data: :invalid_argument,
        invalid_key: :invalid_argument, not_found: :not_found, permission_denied: :permission_denied,
        resource_exhausted: :resource_exhausted, terminal: :failed_precondition, too_large: :resource_exhausted,
        transaction_conflict: :aborted, unauthenticated: :unauthenticated, unavailable: :unavailable,
        unsupported: :unimplemented
      }.freeze
      STATUS = {
        canceled: 499, unknown: 500, invalid_argument: 400, deadline_exceeded: 504, not_found: 404, already_exists: 409,
        permission_denied: 403, resource_exhausted: 429, failed_precondition: 400, aborted: 409, unimplemented: 501,
        internal: 500, unavailable: 503, unauthenticated: 401
      }.freeze
      # Marks the details that carry one of our codes (https://google.aip.dev/193#errorinfo).
      DOMAIN = "concord"
      # What we say for a code of RPC where several of ours become one.
      OURS = {aborted: :transaction_conflict}.freeze
      # What we say for a code of RPC that none of ours becomes.
      FOREIGN = {out_of_range: :invalid_argument}.freeze
      private_constant :TABLE, :STATUS, :OURS, :FOREIGN

      module_function

      # Coded failures keep their message and say which fields are at fault; everything else becomes `internal` with the
      # message "internal error", so that no stack, query or payload leaks (conformance F23, trap T28).
      # @param raised [Exception]
      # @return [Array(Integer, Hash)] status of HTTP and the fields of the JSON that callers get
      def answer(raised)
        code = raised.is_a?(Error) ? TABLE[raised.code] : nil
        return [500, {code: "internal", message: "internal error"}] unless code

        details = details_of(raised, code)
        [STATUS.fetch(code), {code: code.to_s, message: raised.message, **(details.empty? ? {} : {details:})}]
      end

      # @param code [Symbol] of RPC, such as `:not_found`
      # @param reason [String, nil] what the service itself called it
      # @return [Symbol] our code
      def ours(code, reason = nil)
        told = reason&.to_sym
        return told if told && Error::CODES.include?(told)

        known = OURS[code] || FOREIGN[code]
        return known if known

        TABLE.key?(code) ? code : TABLE.key(code) || :internal
      end

      def details_of(error, code)
        violations = violations_of(error)
        messages = []
        messages << Google::Rpc::BadRequest.new(field_violations: violations) if violations.any?
        messages << Google::Rpc::ErrorInfo.new(reason: error.code.to_s, domain: DOMAIN) if
          OURS.fetch(code, code) != error.code
        messages.map { |message| {type: message.class.descriptor.name, value: base64(message.class.encode(message))} }
      end

      def violations_of(error)
        list = error.details[:violations] || [{field: error.details[:field], message: error.message}]
        list.select { |violation| violation[:field] }
          .map { |each| {field: each[:field].to_s, reason: each[:rule].to_s, description: each[:message].to_s} }
          .map { |fields| Google::Rpc::BadRequest::FieldViolation.new(fields.except(:reason)) }
      end

      def base64(bytes)
        [bytes].pack("m0").delete("=")
      end
    end
  end
end
