# frozen_string_literal: true

require_relative "../error"
require_relative "../transport"

module Concord
  module Nats
    # Makes the streams that are missing and enlarges the others where wanted. Safe to run side by side.
    class Provisioning
      NANOS = 1_000_000
      NO_LIMIT = -1
      # Replicas of a stream in production: one server may fail without loss or pause.
      CLUSTER_REPLICAS = 3
      # nats-server's codes for replicas that it cannot place.
      TOO_MANY_REPLICAS = [10_005, 10_074].freeze
      NAME_TAKEN = 10_058
      LIMITS = {"max_age" => "retention", "max_bytes" => "limit of bytes", "max_msgs" => "limit of messages",
                "num_replicas" => "number of replicas", "duplicate_window" => "dedupe window"}.freeze
      # What stands in the description of a stream of Concord (conformance F4).
      MARK = /\Aconcord partitions=(?<partitions>[1-9][0-9]*)(?: owner=(?<owner>\S+))?\z/
      private_constant :NANOS, :NO_LIMIT, :CLUSTER_REPLICAS, :TOO_MANY_REPLICAS, :NAME_TAKEN, :LIMITS

      # @param connection [Connection]
      def initialize(connection)
        @connection = connection
      end

      # @param specs [Array<StreamSpec>]
      # @raise [Error] `stream_conflict`, `permission_denied`, `unavailable`, `unsupported`, `failed_precondition`
      # @return [ProvisionReport]
      def provision(specs)
        specs.map { |spec| provision_one(config_of(spec), spec.replicas.nil?) }
          .reduce(ProvisionReport.new(changes: [], warnings: []), :+)
      end

      # Reads what the description of a stream says of its partitions.
      # @return [Integer] 0 for a stream that Concord did not make
      def self.partitions(description)
        MARK.match(description.to_s)&.[](:partitions).to_i
      end

      private

      # A stream as nats-server wants it. A full stream refuses new messages, it never drops unread ones (trap T16).
      def config_of(spec)
        {
          "name" => spec.name, "subjects" => spec.subjects, "retention" => "limits", "storage" => "file",
          "description" => "concord partitions=#{spec.partitions}#{" owner=#{spec.owner}" if spec.owner}",
          "discard" => "new", "max_age" => spec.retention_ms * NANOS, "max_bytes" => spec.max_bytes || NO_LIMIT,
          "max_msgs" => spec.max_messages || NO_LIMIT, "duplicate_window" => dedupe_window_ms(spec) * NANOS,
          "num_replicas" => spec.replicas || (@connection.clustered? ? CLUSTER_REPLICAS : 1)
        }
      end

      # nats-server takes no dedupe window longer than the retention.
      def dedupe_window_ms(spec)
        spec.retention_ms.positive? ? [spec.dedupe_window_ms, spec.retention_ms].min : spec.dedupe_window_ms
      end

      def provision_one(wanted, may_have_fewer)
        update(wanted) || create(wanted)
      rescue Error => error
        raise unless may_have_fewer && wanted["num_replicas"] > 1 &&
          TOO_MANY_REPLICAS.include?(error.details[:nats_error_code])

        report = provision_one(wanted.merge("num_replicas" => 1), false)
        warning = "stream #{wanted["name"]}: the cluster has no room for #{wanted["num_replicas"]} replicas; it keeps fewer"
        report + ProvisionReport.new(changes: [], warnings: [warning])
      end

      def create(wanted)
        name = wanted["name"]
        @connection.api("making stream #{name}", "STREAM.CREATE.#{name}", wanted)
        ProvisionReport.new(changes: ["stream #{name}: made with #{wanted["num_replicas"]} replica(s)"], warnings: [])
      rescue Error => error
        # Somebody else has made it meanwhile, with other settings.
        raise unless error.details[:nats_error_code] == NAME_TAKEN

        update(wanted) or raise
      end

      # Brings an existing stream up to date.
      # @return [ProvisionReport, nil] nil when there is none
      def update(wanted)
        name = wanted["name"]
        existing = find(name) or return
        refuse_conflicts(existing, wanted)
        changes, report = compare(existing, wanted)
        changes.empty? ? report : change(name, existing.merge(changes), report)
      end

      # Another service's stream is brought up to date by its owner, when that starts with the newer contract.
      def change(name, config, report)
        @connection.api("changing stream #{name}", "STREAM.UPDATE.#{name}", config)
        report
      rescue Error => error
        raise unless error.code == :permission_denied

        left = report.changes.map { |change| "#{change} once its owner changes it: this user may not" }
        ProvisionReport.new(changes: [], warnings: report.warnings + left)
      end

      def find(name)
        @connection.api("looking up stream #{name}", "STREAM.INFO.#{name}")["config"]
      rescue Error => error
        raise unless error.code == :not_found
      end

      # What gets larger is changed, what would get smaller is kept with a warning, for shrinking may delete what somebody
      # has not read.
      def compare(existing, wanted)
        changes = {}
        report = ProvisionReport.new(changes: [], warnings: [])
        LIMITS.each_key { |limit| compare_limit(limit, existing, wanted, changes, report) }
        compare_subjects(existing, wanted, changes, report)
        if existing["discard"] != "new"
          changes["discard"] = "new"
          report.changes << "stream #{wanted["name"]}: when full it now refuses new messages instead of dropping old ones"
        end
        if MARK.match(wanted["description"])[:owner] && !MARK.match(existing["description"])[:owner]
          changes["description"] = wanted["description"]
          report.changes << "stream #{wanted["name"]}: the database behind it is recorded"
        end
        [changes, report]
      end

      def compare_limit(limit, existing, wanted, changes, report)
        before, after = rank(limit, existing[limit].to_i), rank(limit, wanted[limit])
        return if before == after

        name = "stream #{wanted["name"]}: the #{LIMITS[limit]}"
        if after < before
          report.warnings << "#{name} stays #{show(limit, before)}; #{show(limit, after)} is smaller and might delete messages"
        else
          changes[limit] = wanted[limit]
          report.changes << "#{name} was #{show(limit, before)}, now #{show(limit, after)}"
        end
      end

      # Orders the values of a limit: none is the largest.
      def rank(limit, value)
        (value <= 0 && !%w[num_replicas duplicate_window].include?(limit)) ? Float::INFINITY : value
      end

      def show(limit, rank)
        return "unlimited" if rank == Float::INFINITY

        %w[max_age duplicate_window].include?(limit) ? "#{rank / NANOS} ms" : rank.to_s
      end

      def compare_subjects(existing, wanted, changes, report)
        added = wanted["subjects"] - existing["subjects"]
        extra = existing["subjects"] - wanted["subjects"]
        if added.any?
          changes["subjects"] = existing["subjects"] + added
          report.changes << "stream #{wanted["name"]}: it now keeps #{added.join(", ")} too"
        end
        report.warnings << "stream #{wanted["name"]}: it goes on keeping #{extra.join(", ")}" if extra.any?
      end

      def refuse_conflicts(existing, wanted)
        mark = MARK.match(existing["description"].to_s)
        wish = MARK.match(wanted["description"])
        name = wanted["name"]
        conflict(name, "was not made by Concord and belongs to others", "use a namespace, or remove that stream") unless mark
        if mark[:owner] && wish[:owner] && mark[:owner] != wish[:owner]
          conflict(name, "belongs to a service of the same name with another database", "give one of the two another " \
            "name or namespace; if the other database is gone, remove the stream")
        end
        if mark[:partitions] != wish[:partitions]
          conflict(name, "has #{mark[:partitions]} partitions and the contract wants #{wish[:partitions]}", "keep the " \
            "number, for keys would change their partition; or drain the stream, remove it and provision it anew")
        end
        setting = %w[retention storage].find { |each| existing[each] != wanted[each] } or return
        conflict(name, "has #{setting} \"#{existing[setting]}\" and Concord needs \"#{wanted[setting]}\"",
          "drain the stream, remove it and provision it anew")
      end

      def conflict(name, fault, way_out)
        raise Error.new(:stream_conflict, "stream #{name} #{fault}; #{way_out}", stream: name)
      end
    end
  end
end
