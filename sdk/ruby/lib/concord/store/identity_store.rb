# frozen_string_literal: true

require "securerandom"
require_relative "base"

module Concord
  module Store
    # Keeps the database's own id in the one row of `concord_identity`, which tells it from all others.
    class IdentityStore < Base
      # @return [String] the id, drawn once and kept; replicas that ask at the same time get the same
      def read
        known || begin
          query("INSERT INTO #{table("concord_identity")} (only_row, id) VALUES (1, $1) ON CONFLICT (only_row) DO NOTHING",
            [SecureRandom.uuid])
          known
        end
      end

      private

      def known = first("SELECT id FROM #{table("concord_identity")}")&.fetch(:id)
    end
  end
end
