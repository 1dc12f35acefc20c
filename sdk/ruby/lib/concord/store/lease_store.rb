# frozen_string_literal: true

require_relative "base"

module Concord
  module Store
    # What a heartbeat found: replicas alive, the caller included; partitions that it holds now, those taken in this call,
    # and those that it thought it held and that another has.
    LeaseView = Struct.new(:members, :held, :acquired, :lost, keyword_init: true)

    # Shares partitions among replicas in `concord_lease` and `concord_lease_member`, by the database's clock (trap T19).
    class LeaseStore < Base
      # How long a replica may be frozen while it leaves, in milliseconds.
      LEAVE_TIMEOUT_MS = 10_000
      private_constant :LEAVE_TIMEOUT_MS

      # One heartbeat: says the owner is alive, renews what it holds, takes free or expired partitions up to its fair share
      # ceil(partitions / members), in one transaction. Frozen in it, a replica would hold the lock of the whole scope, so
      # that the database ends it after the lease's time (trap T31).
      # @return [LeaseView]
      def balance(scope:, partitions:, owner:, ttl_ms:, held:)
        database.transaction(idle_timeout_ms: ttl_ms) do
          query(dialect::LOCK_SCOPE, [scope]) if dialect::LOCK_SCOPE
          members = join_members(scope, owner, ttl_ms)
          kept = held.empty? ? [] : renew(scope, owner, ttl_ms, held)
          room = partitions.fdiv([1, members].max).ceil - kept.size
          acquired = (room > 0) ? acquire(scope, owner, ttl_ms, free(scope, owner, partitions, kept).first(room)) : []
          LeaseView.new(members: members, held: (kept + acquired).sort, acquired: acquired, lost: held - kept)
        end
      end

      # Gives partitions back, so that others need not wait for their expiry.
      def release(scope, owner, partitions)
        return if partitions.empty?

        query("DELETE FROM #{lease} WHERE scope = $1 AND owner = $2 AND partition IN #{dialect.elements("$3", "bigint")}",
          [scope, owner, dialect.list(partitions)])
        nil
      end

      # Says the owner is gone, giving back all it holds in the scope.
      def leave(scope, owner)
        database.transaction(idle_timeout_ms: LEAVE_TIMEOUT_MS) do
          query("DELETE FROM #{lease} WHERE scope = $1 AND owner = $2", [scope, owner])
          query("DELETE FROM #{member} WHERE scope = $1 AND owner = $2", [scope, owner])
        end
        nil
      end

      # Owners by partition, for tools.
      # @return [Array<Hash>] with `:partition`, `:owner`, `:expires_in_ms`
      def list(scope)
        query("SELECT partition, owner, expires_at_ms - #{now} AS expires_in_ms FROM #{lease} WHERE scope = $1 " \
          "ORDER BY partition", [scope])
      end

      private

      def lease = table("concord_lease")

      def member = table("concord_lease_member")

      # Says that the owner is alive, forgets those that are not and counts the rest.
      def join_members(scope, owner, ttl_ms)
        query(<<~SQL, [scope, owner, ttl_ms])
          INSERT INTO #{member} (scope, owner, expires_at_ms) VALUES ($1, $2, #{now} + CAST($3 AS bigint))
          ON CONFLICT (scope, owner) DO UPDATE SET expires_at_ms = excluded.expires_at_ms
        SQL
        query("DELETE FROM #{member} WHERE scope = $1 AND expires_at_ms <= #{now}", [scope])
        first("SELECT count(*) AS count FROM #{member} WHERE scope = $1", [scope]).fetch(:count)
      end

      # An expired lease that nobody took is still the owner's.
      def renew(scope, owner, ttl_ms, held)
        query(<<~SQL, [scope, owner, ttl_ms, dialect.list(held)]).map { |row| row[:partition] }
          UPDATE #{lease} SET expires_at_ms = #{now} + CAST($3 AS bigint)
          WHERE scope = $1 AND owner = $2 AND partition IN #{dialect.elements("$4", "bigint")} RETURNING partition
        SQL
      end

      # Partitions that are free, expired, or left from this owner's own past.
      def free(scope, owner, partitions, kept)
        taken = query("SELECT partition FROM #{lease} WHERE scope = $1 AND owner <> $2 AND expires_at_ms > #{now}",
          [scope, owner])
        (0...partitions).to_a - kept - taken.map { |row| row[:partition] }
      end

      def acquire(scope, owner, ttl_ms, wanted)
        return [] if wanted.empty?

        query(<<~SQL, [scope, owner, ttl_ms, dialect.list(wanted)])
          INSERT INTO #{lease} (scope, partition, owner, expires_at_ms)
          SELECT $1, w.value, $2, #{now} + CAST($3 AS bigint) FROM #{dialect.elements("$4", "bigint")} AS w WHERE TRUE
          ON CONFLICT (scope, partition) DO UPDATE SET owner = excluded.owner, expires_at_ms = excluded.expires_at_ms
        SQL
        wanted
      end
    end
  end
end
