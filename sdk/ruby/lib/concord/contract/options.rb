# frozen_string_literal: true

require "concord/event/v1/options_pb"
require_relative "../error"

module Concord
  module Contract
    # Concord's options of a descriptor.
    module Options
      EXTENSIONS = %i[event stream service sensitive].to_h do |name|
        [name, Google::Protobuf::DescriptorPool.generated_pool.lookup("concord.event.v1.#{name}")]
      end.freeze
      private_constant :EXTENSIONS

      module_function

      # @return [Boolean] whether the option is written
      def set?(name, options)
        options && EXTENSIONS.fetch(name).has?(options)
      end

      # @return the option's value, its default when it is not written
      def get(name, options)
        EXTENSIONS.fetch(name).get(options)
      end
    end
  end
end
