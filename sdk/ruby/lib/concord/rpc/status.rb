# frozen_string_literal: true

require "google/rpc/error_details_pb"
require "google/rpc/status_pb"
require "grpc"
require_relative "../error"
require_relative "codes"

module Concord
  module Rpc
    # What a status of gRPC says in our words.
    module Status
      # By the number of a status (https://grpc.io/docs/guides/status-codes/).
      NAMES = GRPC::Core::StatusCodes.constants.to_h do |name|
        [GRPC::Core::StatusCodes.const_get(name), (name == :CANCELLED) ? :canceled : name.downcase]
      end.freeze
      DETAILS = [Google::Rpc::BadRequest, Google::Rpc::ErrorInfo].to_h { |type| [type.descriptor.name, type] }.freeze
      private_constant :NAMES, :DETAILS

      module_function

      # @param bad [GRPC::BadStatus]
      # @return [Error] with our code where the service told it, and the fields at fault
      def error(bad)
        told = details_of(bad)
        info = told.grep(Google::Rpc::ErrorInfo).find { |each| each.domain == Codes::DOMAIN }
        violations = told.grep(Google::Rpc::BadRequest).flat_map { |request| request.field_violations.to_a }
          .map { |each| {field: each.field, rule: each.reason, message: each.description} }
        Error.new(Codes.ours(NAMES[bad.code], info&.reason), text(bad.details), violations.empty? ? {} : {violations:})
      end

      # What does not read is passed over: the status alone says enough.
      def details_of(bad)
        any = bad.to_rpc_status&.details.to_a
        any.filter_map { |each| DETAILS[each.type_url.split("/").last]&.decode(each.value) }
      rescue Google::Protobuf::ParseError
        []
      end

      def text(bytes) = bytes.to_s.dup.force_encoding(Encoding::UTF_8).scrub
    end
  end
end
