# frozen_string_literal: true

require_relative "../error"
require_relative "config"

module Concord
  class Service
    # A service as a process: until SIGTERM or SIGINT, then it drains. A second signal ends it at once. Failures are one
    # line on standard error, without a stack.
    class Runner
      FINE, FAILED, WRONG_USE = 0, 1, 2
      SIGNALS = %w[TERM INT].freeze
      private_constant :FINE, :FAILED, :WRONG_USE, :SIGNALS

      # @param service [Service]
      def initialize(service)
        @service = service
        @ends = Thread::Queue.new
      end

      # @param arguments [Array<String>]
      # @return [Integer] exit code
      def run(arguments = [])
        config = Config.read(@service.name, {**ENV, **variables(arguments)})
        # Lines are read while they are written, also through a pipe.
        $stdout.sync = true
        trap_signals
        serve(@service.start(config, on_failure: ->(error) { @ends << error }))
        FINE
      rescue => error
        warn describe(error)
        wrong_use?(error) ? WRONG_USE : FAILED
      end

      private

      # What the arguments say, as the variables that they stand above.
      def variables(arguments)
        return {} if arguments.empty?

        option, codec, *rest = arguments
        return {"CONCORD_WIRE_FORMAT" => codec} if option == "--codec" && codec && rest.empty?
        raise Error.new(:config, "--codec needs the name of a wire format") if option == "--codec" && codec.nil?

        unknown = (option == "--codec") ? rest.first : option
        raise Error.new(:config, "unknown argument #{unknown}; give none to serve, or --codec NAME")
      end

      def serve(running)
        reason = @ends.pop
        raise reason if reason.is_a?(Exception)

        running.log.info("draining", signal: reason)
        running.close
        running.log.info("stopped")
      ensure
        running.close
      end

      # A queue may be filled where a lock must not be taken.
      def trap_signals
        SIGNALS.each do |signal|
          trap(signal) do
            SIGNALS.each { |again| trap(again) { exit!(FAILED) } }
            @ends << "SIG#{signal}"
          end
        end
      end

      def wrong_use?(error)
        error.is_a?(Error) && %i[config invalid_contract].include?(error.code)
      end

      def describe(error)
        code = " (#{error.code})" if error.is_a?(Error)
        error.message.lines.map { |line| "#{@service.name}: #{line.chomp}#{code}" }.join("\n")
      end
    end
  end
end
