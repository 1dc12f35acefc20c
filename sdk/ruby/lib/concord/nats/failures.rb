# frozen_string_literal: true

require "nats"
require_relative "../error"

module Concord
  module Nats
    # What a failure of the broker means to a caller, and the way out.
    module Failures
      NOT_ENABLED = [:unsupported, "JetStream is not enabled; start nats-server with -js, or give it a jetstream {} " \
        "block, and the account a share of it"].freeze
      FULL = [:resource_exhausted, "raise the limit or wait until the retention has made room"].freeze
      ACCOUNT_FULL = [:resource_exhausted, "raise the JetStream limits of the account or the server"].freeze
      NOT_READY = [:unavailable, "the cluster is electing or starting; try again"].freeze
      OTHER_DURABLE = [:failed_precondition,
        "a durable of that name exists with other settings; delete it or rename the service"].freeze
      # JetStream's error codes (https://github.com/nats-io/nats-server/blob/main/server/errors.json).
      BY_CODE = {
        10_002 => ACCOUNT_FULL, 10_004 => NOT_READY, 10_008 => NOT_READY, 10_009 => NOT_READY,
        10_005 => [:failed_precondition, "the cluster has too few servers for that many replicas"],
        10_013 => OTHER_DURABLE, 10_148 => OTHER_DURABLE, 10_014 => [:not_found, "the durable does not exist"],
        10_023 => ACCOUNT_FULL, 10_026 => ACCOUNT_FULL, 10_027 => ACCOUNT_FULL, 10_028 => ACCOUNT_FULL,
        10_037 => [:not_found, "the message is gone"], 10_039 => NOT_ENABLED, 10_047 => ACCOUNT_FULL,
        10_054 => [:too_large, "the stream limits the size of its messages; raise its max_msg_size"],
        10_058 => [:stream_conflict, "a stream of that name exists with other settings"],
        10_059 => [:not_found, "provision the streams first"],
        10_065 => [:stream_conflict,
          "another stream keeps some of these subjects; remove that stream or use a namespace"],
        10_074 => [:failed_precondition, "one server alone keeps one replica; use a cluster or ask for one replica"],
        10_076 => NOT_ENABLED, 10_077 => FULL, 10_109 => [:failed_precondition, "the stream is sealed"],
        10_118 => NOT_READY, 10_119 => NOT_READY,
        10_158 => [:unavailable, "its first sending is still being stored; try again"],
        10_167 => [:resource_exhausted, "the server has too many requests waiting; try again"]
      }.freeze
      # What the client raises, by class.
      BY_CLASS = {
        ::NATS::Timeout => [:deadline_exceeded, "try again, or wait longer"],
        ::NATS::IO::AuthError => [:unauthenticated, "check the user, password, token or credentials file"],
        ::NATS::IO::NoRespondersError => NOT_ENABLED,
        ::NATS::IO::BadSubject => [:invalid_argument, "give a legal subject"]
      }.freeze
      private_constant :NOT_ENABLED, :FULL, :ACCOUNT_FULL, :NOT_READY, :OTHER_DURABLE, :BY_CODE, :BY_CLASS

      module_function

      # Says what a refusal of JetStream's means. Of one that is not in the table the status tells whether it may pass.
      # @param what [String] begins the sentence
      # @param fault [Hash] `error` of the answer
      # @return [Error]
      def from_api(what, fault)
        code, advice = BY_CODE.fetch(fault["err_code"]) do
          [(fault["code"] == 503) ? :unavailable : :internal, "JetStream error #{fault["err_code"]}"]
        end
        Error.new(code, "#{what} failed: #{fault["description"]}; #{advice}", nats_error_code: fault["err_code"])
      end

      # Says what a user may not do.
      # @param refusal [Client::Refusal]
      # @return [Error]
      def from_refusal(what, refusal)
        Error.new(:permission_denied, "#{what} failed: the account may not #{refusal.verb} #{refusal.subject.inspect}; grant " \
          "it in the server's permissions", subject: refusal.subject)
      end

      # Gives anything that the client raises as an error with a code.
      # @return [Error]
      def wrap(what, raised)
        return raised if raised.is_a?(Error)

        _, meaning = BY_CLASS.find { |type, _| raised.is_a?(type) }
        code, advice = meaning || [:unavailable, "try again"]
        Error.new(code, "#{what} failed: #{raised.message.delete_prefix("nats: ")}; #{advice}")
      end
    end
  end
end
