# frozen_string_literal: true

module Concord
  module Sql
    # Splits SQL into its statements. Understands comments, quotes, PostgreSQL's dollar quotes and the body of an SQLite
    # trigger.
    module SplitStatements
      # What a `;` may hide in, and the `;` itself.
      TOKEN = %r{--[^\n]*|/\*.*?\*/|\b[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|(\$(?:[A-Za-z_]\w*)?\$).*?\1|;}m

      TRIGGER = /\A\s*CREATE\s+(?:OR\s+REPLACE\s+)?(?:TEMP\s+|TEMPORARY\s+)?TRIGGER\b/i

      module_function

      # @return [Array<String>] the statements without their `;`
      def call(text)
        statements = []
        bare = +""
        start = from = 0
        each_token(text) do |token, position|
          bare << text[from...position]
          from = position + token.length
          next bare << quoted(token) unless token == ";"
          next if inside_trigger?(bare)

          statements << text[start...position].strip unless bare.strip.empty?
          start = from
          bare = +""
        end
        statements << text[start..].strip unless (bare + text[from..]).strip.empty?
        statements
      end

      def each_token(text)
        position = 0
        while (match = TOKEN.match(text, position))
          yield match[0], match.begin(0)
          position = match.end(0)
        end
      end

      def quoted(token) = token.start_with?("--", "/*") ? "" : "''"

      def inside_trigger?(bare)
        TRIGGER.match?(bare) && bare.scan(/\b(?:BEGIN|CASE)\b/i).size > bare.scan(/\bEND\b/i).size
      end
    end
  end
end
