# frozen_string_literal: true

require "json"
require "open3"
require_relative "../support/servers"

# A replica of the tests' service that is written in TypeScript, run as a process of its own.
class TypescriptReplica
  ROOT = File.expand_path("../../../..", __dir__)
  NODE = ENV.fetch("CONCORD_TEST_NODE", "#{ROOT}/node_modules/.bin/node")

  def initialize(settings)
    raise Servers::Unavailable, "there is no Node with the repository's packages" unless File.executable?(NODE)

    @input, @output, @process = Open3.popen2(NODE, "--conditions=@concord/source", "#{__dir__}/replica.ts",
      JSON.generate(settings), chdir: ROOT)
  end

  def ask(what, **arguments)
    @input.puts(JSON.generate({do: what, **arguments}))
    line = @output.gets or raise "the TypeScript replica ended: #{@process.value}"
    JSON.parse(line)
  end

  def close
    @input.close
    @process.value
    @output.close
  end
end
