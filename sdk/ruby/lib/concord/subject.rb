# frozen_string_literal: true

require_relative "error"
require_relative "key_token"

module Concord
  # The broker's names for streams, subjects and durables: the one place where they are written and read
  # (conformance F2, F4, delivery.md section 6).
  class Subject
    # Longest subject, in bytes. Longer ones make older servers close the connection.
    MAX_BYTES = 1024
    # The trees of subjects: events, commands, dead letters, redrives.
    TREES = %w[evt cmd dlq rdr].freeze

    NAMESPACE = /\A[a-z][a-z0-9]{0,31}\z/
    NAME = /\A[a-z][a-z0-9-]{0,31}\z/
    PATTERN = /\A(?:(?!(?:evt|cmd|dlq|rdr)\.)(?<namespace>[^.]+)\.)?
      (?:(?:dlq|rdr)\.[^.]+\.)?
      (?<tree>evt|cmd)\.(?<stream>[^.]+)\.(?<partition>0|[1-9][0-9]{0,2})\.(?<key>[^.]+)\.(?<type>.+)\z/x
    SERVICE_PATTERN = /\A(?:(?!(?:evt|cmd|dlq|rdr)\.)(?<namespace>[a-z][a-z0-9]{0,31})\.)?
      (?<tree>dlq|rdr)\.(?<service>[a-z][a-z0-9-]{0,31})\.(?<rest>.+)\z/x
    private_constant :NAMESPACE, :NAME, :PATTERN, :SERVICE_PATTERN

    # @return [String, nil] prefix that keeps systems on one broker apart
    attr_reader :namespace
    # @return [String] `evt` for events, `cmd` for commands
    attr_reader :tree
    # @return [String] the stream's name for events, the owning service's for commands
    attr_reader :stream
    # @return [Integer]
    attr_reader :partition
    # @return [String, nil] escaped key; nil for none
    attr_reader :key_token
    # @return [String] full type name, or its override in the contract
    attr_reader :type

    def initialize(tree:, stream:, partition:, type:, namespace: nil, key_token: nil)
      @namespace = namespace
      @tree = tree
      @stream = stream
      @partition = partition
      @key_token = key_token
      @type = type
      freeze
    end

    # Writes `[ns.]evt.<stream>.<partition>.<key>.<type>`.
    # @raise [Error] `config` for an illegal namespace or stream, `invalid_key` above 1,024 bytes
    def to_s
      Subject.check_name(:stream, stream)
      text = "#{Subject.prefix(namespace)}#{tree}.#{stream}.#{partition}.#{key_token || KeyToken::NONE}.#{type}"
      return text if text.bytesize <= MAX_BYTES

      raise Error.new(:invalid_key, "a subject of #{text.bytesize} bytes is too long; shorten the key or the type",
        field: "key", bytes: text.bytesize, limit_bytes: MAX_BYTES)
    end

    class << self
      # Reads a subject, also behind a `dlq.<service>` or `rdr.<service>` prefix.
      # @return [Subject, nil] nil when it is none
      def parse(text)
        namespace, tree, stream, partition, key, type = PATTERN.match(text)&.captures
        return unless tree

        new(namespace:, tree:, stream:, partition: partition.to_i, key_token: (key unless key == KeyToken::NONE), type:)
      end

      # Puts a subject under a service's dead letters or redrives: `[ns.]dlq.<service>.<subject without ns>`.
      def under(tree, service, namespace, subject)
        "#{prefix(namespace)}#{tree}.#{check_name(:service, service)}.#{subject.delete_prefix(prefix(namespace))}"
      end

      # Takes the `dlq.<service>.` or `rdr.<service>.` off a subject.
      # @return [Hash, nil] `namespace`, `tree`, `service` and the `subject` without them
      def split_service(subject)
        found = SERVICE_PATTERN.match(subject) or return
        namespace = found[:namespace]
        {namespace:, tree: found[:tree], service: found[:service],
         subject: "#{"#{namespace}." if namespace}#{found[:rest]}"}
      end

      # The filter of one partition, `evt.orders.3.>`, or of one type in it, `evt.orders.3.*.<type>`.
      def partition_filter(tree, name, partition, namespace: nil, type: nil)
        inner = "*.*." if tree == "rdr"
        "#{prefix(namespace)}#{tree}.#{check_name(:stream, name)}.#{inner}#{partition}.#{type ? "*.#{type}" : ">"}"
      end

      # The subjects of a whole stream: `[ns.]evt.<stream>.>`.
      def stream_subjects(tree, name, namespace: nil)
        "#{prefix(namespace)}#{tree}.#{check_name(:stream, name)}.>"
      end

      # The broker's name of a stream: `[ns-]evt-<stream>`, `cmd-<service>`, `dlq-<service>`, `rdr-<service>`.
      def stream_name(tree, name, namespace: nil)
        "#{"#{check_namespace(namespace)}-" if namespace}#{tree}-#{check_name(:stream, name)}"
      end

      # The durable name of a service without a database: `<service>-<stream>-<partition>`.
      def durable_name(service, stream, partition)
        "#{check_name(:service, service)}-#{check_name(:stream, stream)}-#{partition}"
      end

      # Checks a stream's or service's name and gives it back.
      # @raise [Error] `config`
      def check_name(what, name)
        return name if NAME.match?(name)

        raise Error.new(:config, "#{name.inspect} is no #{what} name: use a-z, 0-9 and -, start with a letter, " \
          "at most 32", field: what.to_s)
      end

      # Checks a namespace and gives it back.
      # @raise [Error] `config`
      def check_namespace(namespace)
        return namespace if NAMESPACE.match?(namespace) && !TREES.include?(namespace)

        raise Error.new(:config, "#{namespace.inspect} is no namespace: use a-z and 0-9, start with a letter, " \
          "at most 32, none of #{TREES.join(", ")}", field: "namespace")
      end

      # @return [String] what a namespace puts before subjects
      def prefix(namespace)
        namespace ? "#{check_namespace(namespace)}." : ""
      end
    end
  end
end
