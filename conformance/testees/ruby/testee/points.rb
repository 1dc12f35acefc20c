# frozen_string_literal: true

require "concord"
require "concord/probe"
require "testee/protocol"

module Testee
  # Stops flows at points, so that the runner can do something meanwhile.
  class Points < Concord::Probe
    Armed = Struct.new(:nth, :reached)
    private_constant :Armed

    # @param report [#call]
    def initialize(report)
      super()
      @report = report
      @lock = Mutex.new
      @changed = ConditionVariable.new
      @armed = {}
      @blocked = {}
    end

    # Stops the flow that reaches the point for the nth time from now.
    def arm(point, nth)
      @lock.synchronize { @armed[point] = Armed.new(nth, 0) }
    end

    # Lets the flow that stands at a point go on.
    def release(point)
      @lock.synchronize do
        raise BadRequest, "nothing stands at #{point}" unless @blocked.delete(point)

        @changed.broadcast
      end
    end

    # Lets all go on.
    def release_all
      @lock.synchronize do
        @armed.clear
        @blocked.clear
        @changed.broadcast
      end
    end

    def reach(point)
      nth = @lock.synchronize { stop_here(point) } or return
      @report.call(at_point: {point:, nth:})
      @lock.synchronize { @changed.wait(@lock) while @blocked[point] }
    end

    private

    def stop_here(point)
      armed = @armed[point] or return
      return if (armed.reached += 1) < armed.nth

      @armed.delete(point)
      @blocked[point] = true
      armed.nth
    end
  end
end
