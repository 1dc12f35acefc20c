# frozen_string_literal: true

begin
  require "grpc"
rescue LoadError
  raise LoadError, "Concord::Rpc::Client calls by gRPC: add the gem grpc (1.73 or newer) to your Gemfile"
end
require "concord/rpc/v1/options_pb"
require_relative "../clock"
require_relative "../error"
require_relative "../ids"
require_relative "../trace_context"
require_relative "channel"
require_relative "deadline"
require_relative "status"

module Concord
  module Rpc
    # Calls a proto service by gRPC. It has a method of its own for each of the service's, in snake case, which takes the
    # request, or a Hash of its fields, and gives the response; streams are enumerated in both directions. What fails is a
    # {Concord::Error} with the code that the service told. Calls of methods that may be repeated are, where the service is
    # away. May be used by many threads.
    #
    # @example
    #   inventory = Concord::Rpc::Client.new("shop.inventory.v1.InventoryService", url: "http://localhost:8081")
    #   inventory.get_stock({product_id: "kb-1"}, timeout_ms: 500).quantity
    class Client
      # Says whether and how calls of one method may be repeated.
      OPTION = Google::Protobuf::DescriptorPool.generated_pool.lookup("concord.rpc.v1.method")
      KINDS = {[false, false] => :request_response, [false, true] => :server_streamer,
               [true, false] => :client_streamer, [true, true] => :bidi_streamer}.freeze
      # How a method is called.
      Method = Struct.new(:path, :kind, :request, :response, :keyed, :repeatable, keyword_init: true)
      private_constant :OPTION, :KINDS, :Method

      # @param service [String] full protobuf name
      # @param url [String] such as `http://localhost:8080`; `https` with the system's certificates, or `ca`
      # @param timeout_ms [Numeric] deadline of calls that state none, in milliseconds; streams have none by default
      # @param token [#call, nil] gives the bearer token of each call
      # @param ca [String, nil] PEM of the authorities that the server's certificate is checked against
      # @param key [String, nil] PEM of the client's own key
      # @param cert [String, nil] PEM of the client's own certificate
      # @raise [Error] `config` for an address that is none, `invalid_contract` for a service that is not loaded
      def initialize(service, url:, timeout_ms: 5_000, token: nil, ca: nil, key: nil, cert: nil, clock: Clock.new,
        random: Random.new)
        descriptor = Google::Protobuf::DescriptorPool.generated_pool.lookup(service)
        unless descriptor.is_a?(Google::Protobuf::ServiceDescriptor)
          raise Error.new(:invalid_contract, "#{service} is no service; require what is generated from its contract")
        end

        @timeout_ms = timeout_ms
        @token = token
        @clock = clock
        @random = random
        @ids = Ids.new(clock:, random:)
        methods = descriptor.to_h { |each| [each.name, read(service, each)] }
        methods.each { |name, method| define(name, method) }
        repeatable = methods.select { |_, method| method.repeatable }.keys
        @stub = Channel.open(url, service, repeatable:, ca:, key:, cert:)
      end

      private

      def read(service, descriptor)
        keyed = ![nil, :IDEMPOTENCY_UNSPECIFIED].include?(OPTION.get(descriptor.options)&.idempotency)
        Method.new(path: "/#{service}/#{descriptor.name}", keyed:,
          kind: KINDS.fetch([descriptor.client_streaming, descriptor.server_streaming]),
          request: descriptor.input_type.msgclass, response: descriptor.output_type.msgclass,
          repeatable: keyed || descriptor.options.idempotency_level != :IDEMPOTENCY_UNKNOWN)
      end

      # The options of a call: `timeout_ms`, `headers`, `idempotency_key`, `cancellation`, and `on_metadata`, which is called
      # with head and trailer of the answer.
      def define(name, method)
        define_singleton_method(name.gsub(/(?<!\A)([A-Z])/, "_\\1").downcase) do |request = {}, **options|
          if %i[server_streamer bidi_streamer].include?(method.kind)
            Enumerator.new { |lines| each_answer(method, request, options) { |answer| lines << answer } }
          else
            perform(method, request, options, &:execute)
          end
        end
      end

      # Whoever stops reading ends the call.
      def each_answer(method, request, options, &block)
        perform(method, request, options) do |operation|
          ended = false
          operation.execute.each(&block)
          ended = true
        ensure
          operation.cancel unless ended
        end
      end

      def perform(method, request, options)
        operation = begin_call(method, request, **options.slice(:timeout_ms, :headers, :idempotency_key))
        cancellation = options[:cancellation]
        listener = cancellation&.on_cancel { operation.cancel }
        result = yield operation
        options[:on_metadata]&.call(operation.metadata, operation.trailing_metadata)
        result
      rescue GRPC::BadStatus => bad
        raise Status.error(bad)
      ensure
        cancellation&.off(listener) if listener
      end

      def begin_call(method, request, timeout_ms: nil, headers: {}, idempotency_key: nil)
        metadata = metadata_of(method, headers, idempotency_key)
        encode = ->(message) { message.to_proto }
        decode = ->(bytes) { method.response.decode(bytes) }
        @stub.public_send(method.kind, method.path, written(method, request), encode, decode,
          deadline: deadline(method, timeout_ms), metadata:, return_op: true)
      end

      def written(method, request)
        return message(method, request) if %i[request_response server_streamer].include?(method.kind)

        request.lazy.map { |each| message(method, each) }
      end

      def message(method, given) = given.is_a?(Hash) ? method.request.new(given) : given

      # The earlier of what the call states and when the caller of the call being served stops waiting.
      # @raise [Error] `deadline_exceeded` when no time is left
      def deadline(method, timeout_ms)
        stated = timeout_ms || ((method.kind == :request_response) ? @timeout_ms : nil)
        left = Deadline.current && (Deadline.current - @clock.monotonic_ms)
        limit = [stated, left].compact.min or return
        raise Error.new(:deadline_exceeded, "no time is left for a further call") unless limit.positive?

        Time.now + (limit / 1000.0)
      end

      def metadata_of(method, headers, idempotency_key)
        trace = TraceContext.current&.child(@random) || TraceContext.start(@random)
        key = idempotency_key || (method.keyed ? @ids.next : nil)
        own = {"traceparent" => trace.traceparent, "tracestate" => trace.tracestate, "idempotency-key" => key,
               "authorization" => @token && "Bearer #{@token.call}"}
        own.compact.merge(headers.to_h { |name, value| [name.to_s.downcase, value] })
      end
    end
  end
end
