# frozen_string_literal: true

require "concord"
require "testee/codec_ops"
require "testee/protocol"
require "testee/session"
require "testee/session_ops"

module Testee
  # Answers each line of the input until it ends or asks to quit. Work that takes time is answered out of order.
  class Server
    FEATURES = [
      "configure", "encode", "decode", "subject_of", "partition_of", "schema_of", "delay_of",
      "provision", "publish", "subscribe", "drain", "redrive", "dump",
      "outbox_begin", "outbox_publish", "outbox_commit", "outbox_rollback", "outbox_release",
      "relay_run", "relay_stop", "inbox_handle", "crash_at", "release",
      "mode=env", "mode=ce-json", "mode=ce-binary", "mode=ce-proto", "mode=json",
      "mode=data-json", "mode=nats-pubsub",
      "db=postgres", "db=sqlite", "order=none",
      "rpc_serve", "rpc_serve=connect-h1-proto", "rpc_serve=connect-h1-json",
      "rpc_call", "rpc_call=grpc-h2c", "rpc_call=streams", "rpc_call=metadata"
    ].freeze
    CODEC_OPS = %i[encode decode subject_of partition_of schema_of delay_of].freeze
    # What runs finishes first when the system asks to stop, as a service's would.
    ORDERLY_DRAIN_MS = 4_000
    QUICK_DRAIN_MS = 1_000
    private_constant :CODEC_OPS, :ORDERLY_DRAIN_MS, :QUICK_DRAIN_MS

    # @param input [IO]
    # @param output [IO]
    def initialize(input, output)
      @input = input
      @output = output
      @lock = Mutex.new
      @lines = Thread::Queue.new
    end

    # Returns when the input has ended, asked to quit, or the system has asked to stop.
    def run
      trap("TERM") { @lines << :stop }
      Thread.new { @input.each_line { |line| @lines << line } && @lines << nil }
      while (line = @lines.pop)
        return @session&.close(ORDERLY_DRAIN_MS) if line == :stop

        number, request = Protocol.read(line)
        next write(Protocol.write_reply(number, error: Protocol.error(request))) if request.is_a?(BadRequest)
        return quit(number) if request.op == :quit

        answer_soon(number, request)
      end
      @session&.close(QUICK_DRAIN_MS)
    end

    private

    # Codec work is done at once, as is what all later requests rest on; whatever else may wait gets a thread.
    def answer_soon(number, request)
      return answer(number, request) if [nil, :hello, :configure, *CODEC_OPS].include?(request.op)

      Thread.new { answer(number, request) }
    end

    def answer(number, request)
      name = request.op
      write(Protocol.write_reply(number, name ? {name => perform(name, request[name.to_s])} : {error: unsupported}))
    rescue Exception => error # rubocop:disable Lint/RescueException -- a testee that dies tells nothing
      warn error.full_message(highlight: false) unless error.is_a?(BadRequest)
      write(Protocol.write_reply(number, error: Protocol.error(error)))
    end

    def perform(name, asked)
      return hello if name == :hello
      return CodecOps.public_send(name, asked) if CODEC_OPS.include?(name)
      return configure(asked) if name == :configure
      raise BadRequest, "configure first" unless @session

      ops = SessionOps.new(@session)
      ops.respond_to?(name) ? ops.public_send(name, asked) : raise(Concord::Error.new(:unsupported, "there is no #{name}"))
    end

    def hello
      {name: "concord-ruby", language: "ruby", version: Concord::VERSION, features: FEATURES}
    end

    def configure(asked)
      @session&.close
      @session = nil
      @session = Session.new(asked, ->(report) { write(Protocol.write_report(report)) })
      {warnings: []}
    end

    def unsupported = {code: "unsupported", message: "there is no such op"}

    def quit(number)
      @session&.close(QUICK_DRAIN_MS)
      write(Protocol.write_reply(number, quit: {}))
    end

    def write(line)
      @lock.synchronize { @output.write(line) }
    end
  end
end
