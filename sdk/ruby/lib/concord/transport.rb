# frozen_string_literal: true

module Concord
  # A stream as the contracts want it. `name` is the broker's, such as `evt-orders`; `subjects` are the filters that it
  # keeps; `partitions` is recorded with the stream and never changed; `replicas`, `max_bytes` and `max_messages` may be
  # nil; `owner` names the database behind a service's own stream, so that two services of one name cannot share it.
  StreamSpec = Struct.new(:name, :subjects, :partitions, :retention_ms, :replicas, :max_bytes, :max_messages,
    :dedupe_window_ms, :owner, keyword_init: true)

  # What provisioning did: sentences about streams made and settings changed, and about what was left as it is and why.
  ProvisionReport = Struct.new(:changes, :warnings, keyword_init: true) do
    # @return [ProvisionReport] both reports as one
    def +(other) = ProvisionReport.new(changes: changes + other.changes, warnings: warnings + other.warnings)
  end

  # A stream as the broker keeps it. `first_sequence` is 0 in a stream that never held a message and last + 1 in one that
  # was emptied; a recreated stream has another `created_at_ms`.
  StreamState = Struct.new(:name, :first_sequence, :last_sequence, :messages, :partitions, :created_at_ms,
    keyword_init: true)
end
