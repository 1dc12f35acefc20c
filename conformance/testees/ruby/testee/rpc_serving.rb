# frozen_string_literal: true

require "concord/conformance/v1/fixture_rpc_pb"
require "concord/rpc/connect_app"
require "concord/service/http_server"
require "testee/protocol"

module Testee
  # Serves the unary methods of the suite's service as a service does: by Connect, on HTTP/1.1.
  class RpcServing
    SERVICE = "concord.conformance.v1.EchoService"
    # The words of plans for what our errors call otherwise.
    OWN_CODES = {"aborted" => :transaction_conflict, "unimplemented" => :unsupported}.freeze
    private_constant :SERVICE, :OWN_CODES

    # @param session [Session]
    # @param report [#call]
    def initialize(session, report)
      @session = session
      @report = report
      @created = 0
    end

    # @return [Hash] fields of the reply
    def serve
      app = Concord::Rpc::ConnectApp.new(clock: Concord::Clock.new, random: @session.random, log: @session.log,
        call_options: -> { {db: nil, transaction: nil} })
      app.add(Google::Protobuf::DescriptorPool.generated_pool.lookup(SERVICE), self)
      @server = Concord::Service::HttpServer.new(name: "echo", app:, host: "127.0.0.1", port: 0,
        health: -> { {ready: true, checks: {}} }, info: -> { {} })
      {url: @server.url}
    end

    # Lets calls under way finish.
    def close
      server, @server = @server, nil
      server&.close
    end

    def say(request, call) = echo("Say", request, call)

    def look(request, call) = echo("Look", request, call)

    def check(request, call) = watch("Check", call) { {name: request.name} }

    def create_echo(request, call)
      watch("CreateEcho", call) do
        play(request.plan, call)
        {text: request.text, run: @created += 1}
      end
    end

    private

    def echo(method, request, call)
      watch(method, call) do
        play(request.plan, call)
        size = request.plan&.payload_bytes.to_i
        {text: request.text, number: request.number, payload: size.positive? ? "\0" * size : request.payload}
      end
    end

    def watch(method, call)
      tell(:rpc_start, method:, headers: call.headers.map { |name, value| Messages::RpcHeader.new(name:, value:) },
        **(call.time_left_ms ? {timeout_ms: call.time_left_ms.round} : {}))
      outcome = "aborted"
      begin
        yield.tap { outcome = "ok" }
      rescue
        outcome = "failed" unless call.cancellation.canceled?
        raise
      ensure
        tell(:rpc_end, method:, outcome:)
      end
    end

    def play(plan, call)
      return unless plan

      call.cancellation.wait(plan.sleep_ms) if plan.sleep_ms.positive?
      call.cancellation.wait if plan.hang
      call.cancellation.check!
      raise plan.exception unless plan.exception.empty?
      raise failure(plan.failure) if plan.failure
    end

    def failure(failure)
      violations = failure.violations.map { |each| {field: each.field, rule: "", message: each.message} }
      Concord::Error.new(OWN_CODES.fetch(failure.code, failure.code.to_sym), failure.message,
        violations.empty? ? {} : {violations:})
    end

    def tell(kind, **fields)
      @report.call({kind => fields})
    end
  end
end
