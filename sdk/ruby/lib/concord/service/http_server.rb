# frozen_string_literal: true

require "json"
require "puma"
require "puma/server"
require_relative "../error"

module Concord
  class Service
    # The one port of a service: its RPC methods, and the pages `/health` (alive), `/health/ready` (able to work) and
    # `/info`.
    class HttpServer
      MAX_THREADS = 16
      # Time that an interrupted call gets to answer.
      UNWIND_S = 1
      JSON_TYPE = {"content-type" => "application/json"}.freeze
      private_constant :MAX_THREADS, :UNWIND_S, :JSON_TYPE

      # @return [Integer] the port that was opened
      attr_reader :port

      # @param name [String] the service's
      # @param app [Rpc::ConnectApp]
      # @param health [#call] gives `{ready:, checks:}`
      # @param info [#call] told by `/info`
      # @param drain_timeout_ms [Integer] time that calls under way get at the end; then they are interrupted, and a second
      #   later their connections are closed
      # @raise [Error] `config` when the port is taken or may not be used
      def initialize(name:, app:, host:, port:, health:, info:, drain_timeout_ms: 30_000)
        @name = name
        @app = app
        @health = health
        @info = info
        @host = host
        @drain_s = drain_timeout_ms / 1000.0
        @puma = Puma::Server.new(method(:call), nil, min_threads: 1, max_threads: MAX_THREADS,
          force_shutdown_after: @drain_s + UNWIND_S, pool_shutdown_grace_time: UNWIND_S, log_writer: Puma::LogWriter.null)
        listen(host, port)
      end

      # @return [String]
      def url = "http://#{@host}:#{port}"

      # Takes no new calls and lets those under way finish, as long as it has time for that.
      def close
        overrun = Thread.new do
          sleep @drain_s
          @app.interrupt_all
        end
        @puma.stop(true)
        overrun.kill.join
        @app.close
      end

      # @param env [Hash] by Rack
      def call(env)
        path = env["PATH_INFO"]
        return @app.call(env) if @app.serves?(path)

        status, fields = page(path)
        [status, JSON_TYPE, ["#{JSON.generate(fields)}\n"]]
      end

      private

      def listen(host, port)
        @puma.add_tcp_listener(host, port)
        @port = @puma.connected_ports.first
        @puma.run
      rescue Errno::EADDRINUSE
        raise Error.new(:config, "port #{port} is in use; set CONCORD_PORT to another")
      rescue Errno::EACCES, Errno::EADDRNOTAVAIL, SocketError => error
        raise Error.new(:config, "port #{port} of #{host} cannot be opened (#{error.class.name})")
      end

      def page(path)
        case path
        when "/health" then [200, {status: "ok", service: @name}]
        when "/health/ready" then ready
        when "/info" then [200, {service: @name, rpc: @app.method_names, **@info.call}]
        else [404, {code: "unimplemented", message: "there is nothing at #{path}"}]
        end
      end

      def ready
        report = @health.call
        [report[:ready] ? 200 : 503,
          {status: report[:ready] ? "ready" : "not_ready", service: @name, checks: report[:checks]}]
      end
    end
  end
end
