# frozen_string_literal: true

require_relative "../test_helper"
require_relative "../support/databases"
require "concord/maintenance"
require "concord/sql/open"

Databases.each_kind("Sql") do
  def test_what_the_database_says_has_one_of_our_codes
    skip "SQLite has other faults" unless postgres?
    {"40001" => :transaction_conflict, "40P01" => :transaction_conflict, "57P01" => :unavailable,
     "53100" => :resource_exhausted, "42501" => :permission_denied}.each do |state, code|
      assert_code(code) { database.query("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '#{state}'; END $$") }
    end
    assert_raises(PG::SyntaxError) { database.query("SELECT FROM WHERE") }
  end

  def test_a_transaction_that_hides_a_failed_statement_is_refused
    skip "SQLite goes on after a failed statement" unless postgres?
    assert_code(:failed_precondition) do
      database.transaction do
        database.query("SELECT 1/0")
      rescue PG::Error
        nil
      end
    end
  end

  def test_a_handlers_rollback_is_no_success
    assert_raises(Sequel::Rollback) { database.transaction { raise Sequel::Rollback } }
  end

  def test_the_database_ends_a_transaction_that_is_idle_for_too_long
    skip "SQLite has one process" unless postgres?
    assert_code(:unavailable) { database.transaction(idle_timeout_ms: 50) { sleep 0.3 } }
    assert_equal 1, database.first("SELECT 1 AS one")[:one]
  end

  def test_writers_wait_for_each_other_and_lose_nothing
    database.run("CREATE TABLE counted (n integer)")
    writers = Array.new(6) do
      Thread.new do
        5.times do
          database.db.transaction do
            database.db[:counted].insert(n: 1)
            sleep 0.002
          end
        end
      end
    end
    writers.each(&:join)
    assert_equal 30, database.db[:counted].count
  end

  def test_maintenance_prunes_what_is_older_than_the_longest_stream
    reference = Concord::Store::InboxRef.new(consumer: "c", source: "/s", event_id: "01920000-0000-7000-8000-000000000001")
    database.transaction { stores.inbox.claim(reference) }
    day_ms = 86_400_000
    age_ms = Concord::Clock.new.now_ms - 0x019200000000
    assert_equal 0, Concord::Maintenance.new(inbox: stores.inbox, retentions_ms: [age_ms + day_ms]).prune
    assert_equal 1, Concord::Maintenance.new(inbox: stores.inbox, inbox_days: 8).prune
  end
end

class OpenServerTest < Minitest::Test
  def test_a_file_belongs_to_one_process
    Dir.mktmpdir do |folder|
      first = Concord::Sql.open("sqlite:#{folder}/new/a.db")
      assert_code(:locked) { Concord::Sql.open("sqlite:#{folder}/new/a.db") }
      first.close
      Concord::Sql.open("sqlite:#{folder}/new/a.db").close
    end
  end

  def test_what_is_no_database_is_refused
    ["mysql://x", "sqlite:", "a.db"].each { |url| assert_code(:config, url) { Concord::Sql.open(url) } }
  end

  def test_a_server_that_is_away_is_unavailable
    assert_code(:unavailable) { Concord::Sql.open("postgres://concord@127.0.0.1:1/x").ping }
  end
end
