# frozen_string_literal: true

require "grpc"
require "json"
require "uri"
require_relative "../error"

module Concord
  module Rpc
    # The connection of a client, with what gRPC itself repeats.
    module Channel
      # As the clients of the other languages repeat: https://github.com/grpc/proposal/blob/master/A6-client-retries.md
      RETRY = {maxAttempts: 4, initialBackoff: "0.05s", maxBackoff: "1s", backoffMultiplier: 2,
               retryableStatusCodes: %w[UNAVAILABLE ABORTED]}.freeze
      THROTTLING = {maxTokens: 100, tokenRatio: 0.1}.freeze
      private_constant :RETRY, :THROTTLING

      module_function

      # Opens the way to a service; the connection is made by the first call.
      # @param repeatable [Array<String>] names of the methods that may be called again when a call fails
      # @raise [Error] `config` for an address that is neither http nor https
      def open(url, service, repeatable:, ca: nil, key: nil, cert: nil)
        address = URI(url)
        unless %w[http https].include?(address.scheme) && address.host
          raise Error.new(:config, "#{url} is no address of a service; say http://host:port")
        end

        secure = address.scheme == "https"
        credentials = secure ? GRPC::Core::ChannelCredentials.new(ca, key, cert) : :this_channel_is_insecure
        GRPC::ClientStub.new("#{address.host}:#{address.port}", credentials, channel_args: arguments(service, repeatable))
      end

      def arguments(service, repeatable)
        methods = repeatable.map { |method| {service:, method:} }
        policies = methods.empty? ? [] : [{name: methods, retryPolicy: RETRY}]
        config = {methodConfig: policies, retryThrottling: THROTTLING}
        # A server that comes back is found within a second, as by the clients of the other languages.
        {"grpc.service_config" => JSON.generate(config), "grpc.service_config_disable_resolution" => 1,
         "grpc.initial_reconnect_backoff_ms" => 100, "grpc.max_reconnect_backoff_ms" => 1_000}
      end
    end
  end
end
