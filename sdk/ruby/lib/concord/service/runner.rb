# frozen_string_literal: true

require_relative "../error"
require_relative "config"

module Concord
  class Service
    # A service as a process: without an argument until SIGTERM or SIGINT, then it drains (a second signal ends it at once);
    # with the argument `migrate` only until its database is up to date. Failures are one line on standard error, without a
    # stack.
    class Runner
      FINE, FAILED, WRONG_USE = 0, 1, 2
      SIGNALS = %w[TERM INT].freeze
      # What a service's program can be told to do.
      TASKS = {nil => :serve, "migrate" => :migrate}.freeze
      private_constant :FINE, :FAILED, :WRONG_USE, :SIGNALS, :TASKS

      # @param service [Service]
      def initialize(service)
        @service = service
        @ends = Thread::Queue.new
      end

      # @param arguments [Array<String>]
      # @return [Integer] exit code
      def run(arguments = [])
        task, environment = read(arguments)
        config = Config.read(@service.name, {**ENV, **environment})
        # Lines are read while they are written, also through a pipe.
        $stdout.sync = true
        send(task, config)
        FINE
      rescue => error
        warn describe(error)
        wrong_use?(error) ? WRONG_USE : FAILED
      end

      private

      # @return [Array(Symbol, Hash)] the task, and the variables that arguments stand above
      def read(arguments)
        rest = arguments.dup
        at = rest.index("--codec")
        _, codec = at && rest.slice!(at, 2)
        raise Error.new(:config, "--codec needs the name of a wire format") if at && codec.nil?

        task = TASKS[rest.first] if rest.size < 2
        return [task, codec ? {"CONCORD_WIRE_FORMAT" => codec} : {}] if task

        unknown = rest.find { |argument| !TASKS.key?(argument) } || rest.last
        raise Error.new(:config, "unknown argument #{unknown}; give none to serve, migrate, or --codec NAME")
      end

      # Brings the service's tables and Concord's up to date: for deployments that migrate before they start replicas.
      def migrate(config)
        log = @service.migrate(config)
        log.info("database is up to date")
      end

      def serve(config)
        trap_signals
        run_until_ended(@service.start(config, on_failure: ->(error) { @ends << error }))
      end

      def run_until_ended(running)
        reason = @ends.pop
        raise reason if reason.is_a?(Exception)

        running.log.info("draining", signal: reason)
        leave_at_once unless running.close
        running.log.info("stopped")
      ensure
        running.close
      end

      # Ruby would wait at its end for threads that cannot be interrupted, for ever.
      def leave_at_once
        $stdout.flush
        exit!(FAILED)
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
