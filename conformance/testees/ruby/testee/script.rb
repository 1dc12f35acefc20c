# frozen_string_literal: true

require "concord"
require "testee/fixtures"
require "testee/protocol"

module Testee
  # What handlers do: the first rule that matches an event counts, else they acknowledge.
  class Script
    # @param rules [Enumerable<Concord::Proto::Conformance::V1::Rule>]
    # @param publish [#call] publishes the events of a rule with a handler's `tx`
    def initialize(rules, publish)
      @rules = rules.to_a
      @publish = publish
    end

    # Raises as a handler does.
    # @param event [Concord::Event]
    def run(event, tx)
      rule = @rules.find { |each| matches?(each.match, event) } or return
      case rule.do
      when "", "ack" then nil
      when "sleep" then pause(rule)
      when "throw"
        pause(rule)
        raise text(rule, "the script says throw")
      when "terminal"
        pause(rule)
        raise Concord::TerminalError, text(rule, "the script says terminal")
      when "retry_later" then raise Concord::RetryLaterError.new(delay_ms: rule.ms)
      when "hang" then hang(event)
      when "publish"
        pause(rule)
        @publish.call(rule.events, tx)
      else raise BadRequest, "a script cannot say #{rule.do}"
      end
    end

    private

    def pause(rule)
      sleep(rule.ms / 1000.0)
    end

    def hang(event)
      event.cancellation.wait
      raise Concord::Error.new(:canceled, "the handler's signal came")
    end

    # An error may be made large on purpose, to see that none of it gets out.
    def text(rule, words)
      rule.error_size.positive? ? "e" * rule.error_size : words
    end

    def matches?(match, event)
      return true unless match

      (!match.has_key? || match.key == event.key.to_s) && (!match.has_n? || match.n == Fixtures.number(event.data)) &&
        (!match.has_attempt? || match.attempt == event.attempt) && (match.type.empty? || match.type == event.type) &&
        (!match.has_redrive? || match.redrive == event.redrives)
    end
  end
end
