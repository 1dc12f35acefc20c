# frozen_string_literal: true

# Contract-first services and events. Neither broker nor database is loaded before `Concord::Service` is named.
module Concord
  autoload :Service, "concord/service"
end

require_relative "concord/version"
require_relative "concord/error"
require_relative "concord/backoff"
require_relative "concord/cancellation"
require_relative "concord/clock"
require_relative "concord/contract"
require_relative "concord/dead_letter"
require_relative "concord/envelope"
require_relative "concord/event_preparer"
require_relative "concord/handling"
require_relative "concord/headers"
require_relative "concord/ids"
require_relative "concord/key_token"
require_relative "concord/message"
require_relative "concord/partition"
require_relative "concord/subject"
require_relative "concord/trace_context"
require_relative "concord/transport"
require_relative "concord/wire_format"
