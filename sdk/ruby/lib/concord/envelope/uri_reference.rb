# frozen_string_literal: true

module Concord
  class Envelope
    # The grammar of RFC 3986, appendix A, in ASCII. Ruby's own URI parser takes and refuses other texts than the RFC.
    module UriReference
      # What nearly every source consists of; each such text is a URI-reference.
      PLAIN = %r{\A[A-Za-z0-9._~/-]+\z}
      # Runs are written as `x*(?:%hh x*)*`, so that no text takes more than linear time.
      RUN = ->(chars) { "[#{chars}]*(?:%[0-9A-Fa-f]{2}[#{chars}]*)*" }
      COMMON = "\\-A-Za-z0-9._~!$&'()*+,;="
      PATH = "(?:/#{RUN["#{COMMON}:@"]})*"
      AUTHORITY = "//(?:#{RUN["#{COMMON}:"]}@)?(?:\\[[A-Za-z0-9:.]+\\]|#{RUN[COMMON]})(?::[0-9]*)?#{PATH}"
      WITH_SCHEME = "[A-Za-z][A-Za-z0-9+.-]*:(?:#{AUTHORITY}|(?!//)(?:#{RUN["#{COMMON}:@"]})#{PATH})"
      WITHOUT_SCHEME = "(?:#{AUTHORITY}|(?!//)(?:#{RUN["#{COMMON}@"]})#{PATH})"
      REST = RUN["#{COMMON}:@/?"]
      PATTERN = /\A(?:#{WITH_SCHEME}|#{WITHOUT_SCHEME})(?:\?#{REST})?(?:\##{REST})?\z/
      private_constant :PLAIN, :RUN, :COMMON, :PATH, :AUTHORITY, :WITH_SCHEME, :WITHOUT_SCHEME, :REST, :PATTERN

      module_function

      # Tells whether a text is a URI-reference, such as `/shop/orders` (RFC 3986, section 4.1).
      def valid?(text)
        PLAIN.match?(text) || PATTERN.match?(text)
      end
    end
  end
end
