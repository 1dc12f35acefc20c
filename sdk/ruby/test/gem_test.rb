# frozen_string_literal: true

require "test_helper"
require "open3"
require "rubygems/package"
require "tmpdir"

class GemTest < Minitest::Test
  ROOT = File.expand_path("..", __dir__)

  def test_carries_all_that_it_needs_outside_of_the_repository
    Dir.mktmpdir("concord-gem-") do |folder|
      output, status = Open3.capture2e("bundle", "exec", "rake", "build", chdir: ROOT)
      assert status.success?, output
      path = File.join(ROOT, "pkg", "concord-sdk-#{Concord::VERSION}.gem")
      Gem::Package.new(path).extract_files(folder)
      # Bundler itself reads the version.
      output, = Open3.capture2e({"RUBYLIB" => nil}, RbConfig.ruby, "-W0", "-I#{folder}/lib",
        "-I#{folder}/proto", "-e", <<~RUBY)
          require "concord"
          require "buf/validate/validate_pb"
          Concord::Service.new("mail")
          db = Concord::Sql::Database.new(Sequel.sqlite)
          puts Concord::Migrations.new(db).run.first, $LOADED_FEATURES.grep(%r{/sdk/ruby/lib/}).map { |path| File.basename(path) }
        RUBY
      assert_equal "0001_stores.sql\nversion.rb\n", output
    end
  end
end
