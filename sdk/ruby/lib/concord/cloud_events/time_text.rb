# frozen_string_literal: true

require "time"
require_relative "../error"

module Concord
  module CloudEvents
    # Times by RFC 3339 with up to nine digits of a second (https://protobuf.dev/programming-guides/json/).
    module TimeText
      PATTERN = /\A(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):(\d\d))\z/
      SECONDS = (-62_135_596_800..253_402_300_799)
      private_constant :PATTERN, :SECONDS

      module_function

      # @return [String] in UTC, with as many digits as the time needs: none, 3, 6 or 9
      def write(time)
        digits = [0, 3, 6, 9].find { |count| (time.nsec % (10**(9 - count))).zero? }
        time.getutc.iso8601(digits)
      end

      # @raise [Error] `undecodable`; `invalid_envelope` outside the years 0001 to 9999
      # @return [Time]
      def read(text)
        year, month, day, hour, minute, second, fraction, sign, offset_hour, offset_minute = PATTERN.match(text)&.captures
        refuse unless year && real?(year, month, day, hour, minute, second) && offset_hour.to_i < 24 &&
          offset_minute.to_i < 60
        offset = ((offset_hour.to_i * 60) + offset_minute.to_i) * ((sign == "-") ? -60 : 60)
        seconds = Time.utc(year.to_i, month.to_i, day.to_i, hour.to_i, minute.to_i, second.to_i).to_i - offset
        unless SECONDS.cover?(seconds)
          raise Error.new(:invalid_envelope, "a time must lie in the years 0001 to 9999", field: "time")
        end
        Time.at(seconds, fraction.to_s.ljust(9, "0").to_i, :nsec, in: "UTC")
      end

      def real?(year, month, day, hour, minute, second)
        Date.valid_date?(year.to_i, month.to_i, day.to_i) && hour.to_i < 24 && minute.to_i < 60 && second.to_i < 60
      end

      def refuse
        raise Error.new(:undecodable, "a time is not written by RFC 3339 with at most nine digits of a second",
          field: "time")
      end
    end
  end
end
