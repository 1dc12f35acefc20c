# frozen_string_literal: true

require_relative "../error"
require_relative "../json_log"
require_relative "../subject"
require_relative "../wire_format"

module Concord
  class Service
    # Where a service finds its surroundings and how it behaves, read from `CONCORD_*` variables: see
    # docs/configuration.md, which holds for every language.
    class Config
      # Names that belong to tests and the shop, which a service overlooks.
      FOREIGN = %w[CONCORD_TEST_ CONCORD_SHOP_].freeze
      # Only services in TypeScript share transactions among events; without, all is the same but slower.
      OVERLOOKED = %w[CONCORD_BATCH_EVENTS CONCORD_BATCH_WAIT_MS].freeze
      # Whoever sets these relies on them.
      UNSUPPORTED = %w[CONCORD_AUTH_JWKS CONCORD_AUTH_ISSUER CONCORD_AUTH_AUDIENCE CONCORD_CORS_ORIGINS].freeze

      PATTERN = lambda do |pattern, expected|
        ->(text) { pattern.match?(text) ? text : raise(Error.new(:config, "does not read; give #{expected}")) }
      end
      INTEGER = lambda do |range|
        lambda do |text|
          next text.to_i if text.match?(/\A[0-9]+\z/) && range.cover?(text.to_i)

          raise Error.new(:config, "is no whole number from #{range.min} to #{range.max}")
        end
      end
      # Beside our own formats, the wire of systems that Concord did not make, for the topics that a service names.
      FORMATS = [*WireFormat::NAMES, :nats_pubsub].to_h { |name| [name.to_s.tr("_", "-"), name] }.freeze
      VARIABLES = {
        transport: ["CONCORD_TRANSPORT", PATTERN[%r{\A(nats|tls|wss?)://.+\z}, "nats://HOST:PORT (Ruby has no embedded one)"]],
        wire_format: ["CONCORD_WIRE_FORMAT",
          ->(text) { FORMATS.fetch(text) { raise Error.new(:config, "does not read; give #{FORMATS.keys.join(", ")}") } }],
        nats_credentials: ["CONCORD_NATS_CREDENTIALS", PATTERN[/./, "a file"]],
        database_url: ["CONCORD_DATABASE_URL",
          PATTERN[%r{\A(sqlite:.+|postgres(ql)?://.+)\z}, "sqlite:FILE or postgres://…"]],
        data_folder: ["CONCORD_DATA_DIR", PATTERN[/./, "a folder"]],
        namespace: ["CONCORD_NAMESPACE", Subject.method(:check_namespace)],
        host: ["CONCORD_HOST", PATTERN[/./, "an address"]],
        port: ["CONCORD_PORT", INTEGER[0..65_535]],
        log_level: ["CONCORD_LOG_LEVEL", PATTERN[/\A(#{JsonLog::LEVELS.join("|")})\z/o, JsonLog::LEVELS.join(", ")]],
        concurrency: ["CONCORD_CONCURRENCY", INTEGER[1..10_000]],
        park_after_ms: ["CONCORD_PARK_AFTER_MS", INTEGER[0..3_600_000]],
        inbox_days: ["CONCORD_INBOX_DAYS", INTEGER[1..3_650]],
        lease_ms: ["CONCORD_LEASE_MS", INTEGER[100..3_600_000]],
        drain_timeout_ms: ["CONCORD_DRAIN_TIMEOUT_MS", INTEGER[0..3_600_000]]
      }.freeze
      private_constant :FOREIGN, :OVERLOOKED, :UNSUPPORTED, :PATTERN, :INTEGER, :FORMATS, :VARIABLES

      # @!attribute [r] transport
      #   @return [String] `nats://HOST:PORT`, several separated by commas
      # @!attribute [r] wire_format
      #   @return [Symbol] one of {WireFormat::NAMES}, or `:nats_pubsub`
      # @!attribute [r] database_url
      #   @return [String]
      # @!attribute [r] port
      #   @return [Integer] of RPC and health
      attr_reader(*VARIABLES.keys)

      # Reads a service's configuration.
      # @param service [String]
      # @param environment [Hash{String => String}]
      # @raise [Error] `config` naming every unknown variable and every value that does not fit, all at once
      # @return [Config]
      def self.read(service, environment = ENV)
        faults = unknown(environment)
        given = VARIABLES.each_with_object({}) do |(name, (variable, parse)), found|
          text = environment[variable]
          found[name] = parse.call(text) if text && !text.empty?
        rescue Error => error
          faults << "#{variable}: #{error.message}"
        end
        faults << "CONCORD_TRANSPORT: is not set; give nats://HOST:PORT (Ruby has no embedded one)" if
          given[:transport].nil? && faults.none? { |fault| fault.start_with?("CONCORD_TRANSPORT") }
        raise Error.new(:config, faults.join("\n"), faults:) if faults.any?

        new(service, **given)
      end

      def self.unknown(environment)
        known = VARIABLES.values.map(&:first) + OVERLOOKED
        environment.keys.grep(/\ACONCORD_/).reject { |name| known.include?(name) || name.start_with?(*FOREIGN) }
          .map { |name| "#{name}: #{fault_of(name, known)}" }
      end

      def self.fault_of(name, known)
        return "services in Ruby do not do that; unset it, or put one that does before them" if UNSUPPORTED.include?(name)

        "no such variable; there are #{known.join(", ")}"
      end
      private_class_method :unknown, :fault_of

      # @param given [Hash] what is not to be the default
      def initialize(service, **given)
        folder = given[:data_folder] || ".data"
        defaults = {wire_format: :envelope, database_url: "sqlite:#{folder}/#{service}.db", data_folder: folder,
                    host: "127.0.0.1", port: 8080, log_level: "info", concurrency: 16, park_after_ms: 1_000,
                    lease_ms: 10_000, drain_timeout_ms: 30_000}
        VARIABLES.each_key { |name| instance_variable_set(:"@#{name}", given.fetch(name, defaults[name])) }
        freeze
      end
    end
  end
end
