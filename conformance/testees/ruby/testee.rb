# frozen_string_literal: true

# The Ruby SDK as a testee of the conformance suite: `ruby conformance/testees/ruby/testee.rb`.

root = File.expand_path("../../..", __dir__)
ENV["BUNDLE_GEMFILE"] ||= File.join(root, "sdk/ruby/Gemfile")
ENV["BUNDLE_PATH"] ||= File.join(root, ".cache/ruby")
ENV["BUNDLE_APP_CONFIG"] ||= File.join(root, ".cache/ruby/bundle")
require "bundler/setup"
$LOAD_PATH.unshift(File.join(root, "gen/ruby"), File.join(root, "sdk/ruby/lib"), __dir__)

require "testee/server"

$stdout.sync = true
# Lines are UTF-8 (RFC 8259), whatever the locale says.
Testee::Server.new($stdin.set_encoding("UTF-8"), $stdout.set_encoding("UTF-8")).run
