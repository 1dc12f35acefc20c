# frozen_string_literal: true

module Concord
  # Where an event stands among the partitions of its stream.
  module Partition
    OFFSET_BASIS = 0x811c9dc5
    PRIME = 0x01000193
    private_constant :OFFSET_BASIS, :PRIME

    module_function

    # Gives the partition of an escaped key token (or of the id of an event without a key): its unsigned FNV-1a 32 hash
    # modulo the number of partitions, as nats-server's own `partition()` does (conformance F3).
    # @param token [String]
    # @param partitions [Integer]
    # @return [Integer]
    def of(token, partitions)
      hash = OFFSET_BASIS
      token.each_byte { |byte| hash = ((hash ^ byte) * PRIME) & 0xffffffff }
      hash % partitions
    end
  end
end
