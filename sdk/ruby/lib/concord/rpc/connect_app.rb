# frozen_string_literal: true

require "json"
require "uri"
require_relative "../cancellation"
require_relative "../consumer/watchdog"
require_relative "../error"
require_relative "../trace_context"
require_relative "call"
require_relative "codes"
require_relative "deadline"
require_relative "known_enums"

module Concord
  module Rpc
    # A Rack application that serves the unary methods of proto services by the Connect protocol, in JSON and protobuf
    # (https://connectrpc.com/docs/protocol#unary-request). Streams, compression and gRPC are refused.
    class ConnectApp
      # A method that is served: its messages, and what answers it.
      Method = Struct.new(:request, :response, :implementation, :name, :idempotent)
      CODECS = {"application/json" => :json, "application/proto" => :proto}.freeze
      # Time that a call without a deadline of its own may take, in milliseconds.
      LONGEST_MS = 300_000
      MAX_BODY_BYTES = 4 * 1024 * 1024
      private_constant :Method, :CODECS, :LONGEST_MS, :MAX_BODY_BYTES

      # @param clock [Clock]
      # @param random [Random] draws span ids
      # @param log [#info]
      # @param call_options [#call] gives what each {Call} has: `db` and `transaction`
      def initialize(clock:, random:, log:, call_options:)
        @clock = clock
        @random = random
        @log = log
        @call_options = call_options
        @methods = {}
        @watchdog = Consumer::Watchdog.new(clock:)
      end

      # Answers the methods of a proto service.
      # @param descriptor [Google::Protobuf::ServiceDescriptor]
      # @param implementation [Object] has a method of that name, in snake case, for each it answers: it takes the request
      #   and the {Call} and gives the response, or a Hash of its fields
      def add(descriptor, implementation)
        descriptor.each do |method|
          next if method.client_streaming || method.server_streaming

          @methods["/#{descriptor.name}/#{method.name}"] = Method.new(method.input_type.msgclass,
            method.output_type.msgclass, implementation, method.name.gsub(/(?<!\A)([A-Z])/, "_\\1").downcase,
            method.options.idempotency_level == :NO_SIDE_EFFECTS)
        end
      end

      # @return [Array<String>] `package.Service/Method` of each
      def method_names = @methods.keys.map { |path| path.delete_prefix("/") }

      # @return [Boolean] whether a path is one of a method's
      def serves?(path) = @methods.key?(path)

      # @param env [Hash] by Rack
      # @return [Array] status, headers, body
      def call(env)
        method = @methods.fetch(env["PATH_INFO"])
        codec, body = read(env, method)
        request = decode(method.request, codec, body)
        response = perform(method, request, env)
        [200, {"content-type" => CODECS.key(codec)}, [encode(method.response, codec, response)]]
      rescue Refusal => refusal
        [refusal.status, refusal.headers, []]
      rescue Exception => error # rubocop:disable Lint/RescueException -- callers are answered whatever happens
        @log.warn("call failed", method: env["PATH_INFO"].delete_prefix("/"), err: error) unless error.is_a?(Error)
        status, fields = Codes.answer(error)
        [status, {"content-type" => "application/json"}, [JSON.generate(fields)]]
      end

      # Ends the calls under way as `unavailable`, because the service stops.
      def interrupt_all
        @stopping = true
        @watchdog.interrupt_all(:drain)
      end

      # Ends the watching of deadlines.
      def close = @watchdog.close

      # An answer of HTTP alone.
      class Refusal < StandardError
        attr_reader :status, :headers

        def initialize(status, headers = {})
          super("refused with #{status}")
          @status = status
          @headers = headers
        end
      end
      private_constant :Refusal

      private

      def read(env, method)
        case env["REQUEST_METHOD"]
        when "POST" then read_post(env)
        when "GET" then method.idempotent ? read_get(env) : raise(Refusal.new(405, "allow" => "POST"))
        else raise Refusal.new(405, "allow" => method.idempotent ? "GET, POST" : "POST")
        end
      end

      def read_post(env)
        codec = CODECS[env["CONTENT_TYPE"].to_s.split(";").first.to_s.strip.downcase]
        raise Refusal.new(415, "accept-post" => CODECS.keys.join(", ")) unless codec
        unless ["", "identity"].include?(env["HTTP_CONTENT_ENCODING"].to_s)
          raise Error.new(:unsupported, "the encoding #{env["HTTP_CONTENT_ENCODING"]} is not read; send identity")
        end

        body = env["rack.input"].read(MAX_BODY_BYTES + 1).to_s
        return [codec, body] if body.bytesize <= MAX_BODY_BYTES

        raise Error.new(:resource_exhausted, "a request may have at most #{MAX_BODY_BYTES} bytes")
      end

      # Calls without side effects may be a GET (https://connectrpc.com/docs/protocol#unary-get-request).
      def read_get(env)
        query = URI.decode_www_form(env["QUERY_STRING"].to_s).to_h
        codec = CODECS["application/#{query["encoding"]}"] or raise Refusal.new(415)
        message = query["message"].to_s
        [codec, (query["base64"] == "1") ? message.tr("-_", "+/").unpack1("m") : message]
      end

      def decode(type, codec, body)
        return type.decode(body) if codec == :proto

        text = body.dup.force_encoding(Encoding::UTF_8)
        raise Google::Protobuf::ParseError, "no UTF-8" unless text.valid_encoding?

        KnownEnums.check!(type.descriptor, JSON.parse(text))
        type.decode_json(text, ignore_unknown_fields: true)
      rescue Google::Protobuf::ParseError, JSON::ParserError
        raise Error.new(:invalid_argument, "the request is no #{type.descriptor.name}")
      end

      def encode(type, codec, response)
        message = response.is_a?(type) ? response : type.new(response.to_h)
        (codec == :proto) ? type.encode(message) : type.encode_json(message)
      end

      def perform(method, request, env)
        unless method.implementation.respond_to?(method.name)
          raise Error.new(:unsupported, "#{env["PATH_INFO"].delete_prefix("/")} is not implemented")
        end

        limit_ms = [stated_ms(env["HTTP_CONNECT_TIMEOUT_MS"]), LONGEST_MS].compact.min
        @watchdog.run(limit_ms, env["PATH_INFO"].delete_prefix("/")) do |cancellation|
          call = call_of(env, cancellation, limit_ms)
          TraceContext.with(trace_of(env)) do
            Deadline.with(@clock.monotonic_ms + limit_ms) { method.implementation.public_send(method.name, request, call) }
          end
        end
      rescue Error => error
        raise unless @stopping && error.code == :canceled

        raise Error.new(:unavailable, "the service stops; try again")
      end

      # https://connectrpc.com/docs/protocol#unary-request: at most ten digits
      def stated_ms(text)
        return text&.to_i if text.nil? || /\A\d{1,10}\z/.match?(text)

        raise Error.new(:invalid_argument, "the header Connect-Timeout-Ms is no number of milliseconds")
      end

      def trace_of(env)
        parent = TraceContext.parse(env["HTTP_TRACEPARENT"], env["HTTP_TRACESTATE"])
        parent ? parent.child(@random) : TraceContext.start(@random)
      end

      def call_of(env, cancellation, limit_ms)
        headers = env.filter_map { |name, value| [name[5..].downcase.tr("_", "-"), value] if name.start_with?("HTTP_") }
        deadline_ms = @clock.monotonic_ms + limit_ms if env["HTTP_CONNECT_TIMEOUT_MS"]
        Call.new(headers: headers.to_h, cancellation:, log: @log, deadline_ms:, clock: @clock, **@call_options.call)
      end
    end
  end
end
