# frozen_string_literal: true

require_relative "../test_helper"
require_relative "../support/databases"

Databases.each_kind("Outbox") do
  def entry(key: "k", head: "head", tail: "tail", id: "01920000-0000-7000-8000-000000000001")
    Concord::Outbox::Entry.new(partition: Concord::Partition.of(key || id, 16), key:, stream: "evt-orders",
      subject: "evt.orders.1.#{key || "_"}.shop.T", message_id: "/shop/#{id}", headers: {"content-type" => "x"}, type: "shop.T",
      event_id: id, head: head.b, tail: key && tail.b)
  end

  def insert(*entries, on: database, stores: self.stores)
    on.transaction { stores.outbox.insert(entries) }
  end

  def test_a_stored_body_is_head_sequence_tail
    ids = insert(entry, entry(key: "l"), entry(key: nil))
    assert_equal [1, 2, 3], ids
    bodies = database.query("SELECT body FROM concord_outbox ORDER BY id").map { |row| row[:body].b }
    assert_equal ["head\x30\x01tail".b, "head\x30\x02tail".b, "head".b], bodies
  end

  def test_an_id_above_127_is_a_varint_of_several_bytes
    if postgres?
      database.query("SELECT setval('concord_outbox_id_seq', 299)")
    else
      database.query("INSERT INTO sqlite_sequence (name, seq) VALUES ('concord_outbox', 299)")
    end
    assert_equal [300], insert(entry)
    assert_equal "head\x30\xAC\x02tail".b, database.first("SELECT body FROM concord_outbox")[:body].b
  end

  def test_rows_come_back_as_they_were_stored
    insert(entry(key: "a%20b", head: "\x00\xFF\x27"))
    row = stores.outbox.read(Concord::Partition.of("a%20b", 16), 10).first
    assert_equal ["a%20b", "evt-orders", {"content-type" => "x"}, 0, "\x00\xFF\x27\x30\x01tail".b],
      [row.key, row.stream, row.headers, row.attempts, row.body.b]
    assert_equal [row.partition], stores.outbox.pending_partitions
  end

  def test_a_rollback_leaves_nothing
    assert_raises(RuntimeError) { database.transaction { stores.outbox.insert([entry]) && raise("no") } }
    assert_equal 0, stores.outbox.status[:waiting]
  end

  def test_a_second_transaction_of_a_key_draws_its_id_after_the_first_ones_commit
    other = open_database
    other_stores = Concord::Stores.new(other)
    ids = Queue.new
    thread = nil
    database.transaction do
      ids << stores.outbox.insert([entry]).first
      thread = Thread.new { ids << insert(entry, on: other, stores: other_stores).first }
      sleep 0.2
      assert_equal 1, ids.size
      assert_equal 1, database.first("SELECT last_value FROM concord_outbox_id_seq")[:last_value] if postgres?
    end
    thread.join
    assert_equal [1, 2], [ids.pop, ids.pop]
  end

  def test_above_a_thousand_keys_whole_stripes_are_locked
    insert(*Array.new(1_200) { |n| entry(key: "k#{n}") })
    assert_equal 1_200, stores.outbox.status[:waiting]
    skip "SQLite has no locks to count" unless postgres?
    database.transaction do
      stores.outbox.insert(Array.new(1_001) { |n| entry(key: "k#{n}") })
      locks = database.first("SELECT count(*) AS count FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
      assert_operator locks[:count], :<=, 256
    end
  end

  def test_a_quarantined_row_holds_its_key_and_no_other_until_it_is_released
    same = entry(key: "k")
    other = entry(key: "other").tap { |row| row.partition = same.partition }
    insert(same, same, other)
    stores.outbox.quarantine(1, "too_large: \0much")
    assert_equal [3], stores.outbox.read(same.partition, 10).map(&:id)
    assert_equal({waiting: 2, quarantined: 1}, stores.outbox.status.slice(:waiting, :quarantined))
    assert_equal "too_large: much", stores.outbox.list_quarantined(10).first[:cause]
    assert stores.outbox.release(1)
    assert_equal [1, 2, 3], stores.outbox.read(same.partition, 10).map(&:id)
    refute stores.outbox.release(1)
  end

  def test_a_dropped_row_lets_its_tail_go
    insert(entry, entry)
    stores.outbox.quarantine(1, "x")
    assert_empty stores.outbox.read(entry.partition, 10)
    assert stores.outbox.drop(1)
    assert_equal [2], stores.outbox.read(entry.partition, 10).map(&:id)
  end

  def test_keys_to_be_skipped_are_left_out_and_keyless_rows_are_not
    keyless = entry(key: nil).tap { |row| row.partition = entry.partition }
    insert(entry, keyless)
    assert_equal [2], stores.outbox.read(entry.partition, 10, ["k"]).map(&:id)
  end

  def test_deletion_and_failures_are_by_id
    insert(entry, entry)
    stores.outbox.record_failure(2, "row: no")
    stores.outbox.delete([1, 99])
    assert_equal [[2, 1]], stores.outbox.read(entry.partition, 10).map { |row| [row.id, row.attempts] }
  end
end

Databases.each_kind("Inbox") do
  def uuid7 = "01920000-0000-7000-8000-000000000001"

  def ref(id: uuid7, source: "/shop/orders", time_ms: nil)
    Concord::Store::InboxRef.new(consumer: "inventory", source:, event_id: id, time_ms:)
  end

  def claim(...) = database.transaction { stores.inbox.claim(...) }

  def partition_ref = Concord::Store::PartitionRef.new("inventory", "evt-orders", 3)

  def parked(sequence, key: "k", id: uuid7)
    Concord::Store::ParkedEvent.new(**partition_ref.to_h, sequence:, key:, source: "/shop/orders", event_id: id,
      subject: "evt.orders.3.k.T", headers: {"a" => "b"}, body: "\x00\xFF".b, stored_at_ms: 5, attempts: 1, redrives: 0)
  end

  def test_an_event_is_claimed_once
    assert_equal :claimed, claim(ref).kind
    duplicate = claim(ref)
    assert_equal [:duplicate, "done", 0], [duplicate.kind, duplicate.state, duplicate.redrives]
    assert_equal :claimed, claim(ref(source: "/other")).kind
    assert_equal 20_240_917, database.first("SELECT day FROM concord_inbox")[:day]
  end

  def test_the_day_is_that_of_the_events_own_id
    claim(ref)
    assert_equal Concord::Store::InboxId.day(0x019200000000), database.first("SELECT day FROM concord_inbox")[:day]
  end

  def test_foreign_ids_become_uuids_of_day_zero
    claim(ref(id: "order-1"))
    row = database.first("SELECT event_id, day FROM concord_inbox")
    assert_equal 0, row[:day]
    assert_match(/\A\h{8}-\h{4}-8\h{3}-[89ab]\h{3}-\h{12}\z/, row[:event_id])
  end

  def test_a_second_session_waits_for_the_first_and_finds_a_duplicate
    other = open_database
    other_inbox = Concord::Stores.new(other).inbox
    found = nil
    thread = nil
    database.transaction do
      stores.inbox.claim(ref)
      thread = Thread.new { found = other.transaction { other_inbox.claim(ref) } }
      sleep 0.1
      assert_nil found
    end
    thread.join
    assert_equal :duplicate, found.kind
  end

  def test_a_claim_asks_whether_the_key_waits
    database.transaction { stores.parking.park(parked(7), 0) }
    assert claim(ref, [partition_ref, "k"]).key_parked
    refute claim(ref(id: "x"), [partition_ref, "l"]).key_parked
  end

  def test_a_dead_event_is_reopened_once_for_each_redrive
    claim(ref)
    refute stores.inbox.reopen(ref, 1)
    stores.inbox.set_state(ref, "dead")
    assert stores.inbox.reopen(ref, 1)
    stores.inbox.set_state(ref, "dead")
    refute stores.inbox.reopen(ref, 1)
    assert stores.inbox.reopen(ref, 2)
  end

  def test_a_handled_event_is_reopened_once_for_each_replay_that_repeats_effects
    claim(ref)
    assert stores.inbox.reopen(ref, 5, again: true)
    refute stores.inbox.reopen(ref, 6, again: true)
    stores.inbox.set_state(ref, "done")
    refute stores.inbox.reopen(ref, 5, again: true)
    refute stores.inbox.reopen(ref, 6)
    assert stores.inbox.reopen(ref, 6, again: true)
  end

  def test_two_events_of_one_operation_have_one_effect
    operation = {consumer: "inventory", source: "/s", type: "T", idempotency_key: "o-1"}
    assert stores.inbox.claim_operation(**operation, event_id: uuid7)
    assert stores.inbox.claim_operation(**operation, event_id: uuid7)
    refute stores.inbox.claim_operation(**operation, event_id: "other")
  end

  def test_days_that_every_cursor_has_passed_are_dropped_and_their_events_are_too_old
    claim(ref)
    claim(ref(id: "foreign", time_ms: 0x019200000000))
    position = Concord::Store::Cursor.new(sequence: 9, event_id: "x", stream_created_at_ms: 1, event_time_ms: 0x019200000000)
    stores.cursor.advance(partition_ref => position)
    now = (Time.now.to_f * 1000).to_i
    assert_equal 0, stores.inbox.prune(now)
    stores.cursor.advance(partition_ref => position.dup.tap { |later| later.sequence = 10 and later.event_time_ms = now })
    assert_equal 2, stores.inbox.prune(now)
    assert_equal :too_old, claim(ref).kind
    assert_equal :too_old, claim(ref(id: "foreign", time_ms: 0x019200000000)).kind
    assert_equal({rows: 0, oldest_day: Time.now.utc.strftime("%Y-%m-%d")}, stores.inbox.status.slice(:rows, :oldest_day))
  end

  def test_the_head_of_a_key_is_claimed_when_it_is_due_and_its_tail_behind_it
    database.transaction do
      stores.parking.park(parked(8, id: "b"), 0)
      stores.parking.park(parked(7, id: "a"), 60_000)
      stores.parking.park(parked(9, key: "l", id: "c"), 0)
    end
    assert_equal 3, stores.parking.count(partition_ref)
    event = database.transaction { stores.parking.claim_due([partition_ref]) }
    assert_equal [9, "l", {"a" => "b"}, "\x00\xFF".b], [event.sequence, event.key, event.headers, event.body.b]
    stores.parking.remove(event)
    assert_nil(database.transaction { stores.parking.claim_due([partition_ref]) })
    assert_operator stores.parking.next_due_in_ms([partition_ref]), :>, 50_000
    waiting = parked(7).tap { |row| row.id = database.first("SELECT id FROM concord_parked WHERE sequence = 7")[:id] }
    stores.parking.postpone(waiting, 2, 0)
    assert_equal [7, 2], database.transaction { stores.parking.claim_due([partition_ref]) }.to_h.values_at(:sequence, :attempts)
  end

  # A stream that was made anew gives its sequences again.
  def test_events_of_a_stream_that_was_replaced_run_behind_those_of_the_one_before
    position = Concord::Store::Cursor.new(sequence: 8, event_id: "e", stream_created_at_ms: 1, event_time_ms: 2)
    stores.cursor.advance(partition_ref => position)
    database.transaction { [7, 8].each { |sequence| stores.parking.park(parked(sequence, id: "old-#{sequence}"), 0) } }
    stores.cursor.rewind(partition_ref, position.dup.tap { |start| start.sequence = 0 }, other_stream: true)
    database.transaction { stores.parking.park(parked(7, id: "new-7"), 0) }
    order = Array.new(3) do
      database.transaction { stores.parking.claim_due([partition_ref]).tap { |event| stores.parking.remove(event) } }.event_id
    end
    assert_equal %w[old-7 old-8 new-7], order
  end

  def test_a_cursor_that_nobody_reads_any_more_holds_no_day_back
    now = (Time.now.to_f * 1000).to_i
    position = Concord::Store::Cursor.new(sequence: 9, event_id: "x", stream_created_at_ms: 1, event_time_ms: 1)
    stores.cursor.advance(partition_ref => position, Concord::Store::PartitionRef.new("inventory", "evt-left", 0) => position)
    stores.cursor.advance(partition_ref => position.dup.tap { |later| later.sequence = 10 and later.event_time_ms = now })
    reads = {consumer: "inventory", streams: ["evt-orders"]}
    claim(ref)
    assert_equal 0, stores.inbox.prune(now, **reads)
    database.run("UPDATE concord_cursor SET used_at_ms = 1 WHERE stream = 'evt-left'")
    assert_equal 1, stores.inbox.prune(now, **reads)
  end

  def test_a_claimed_head_is_passed_over_by_others
    skip "SQLite has one writer" unless postgres?
    database.transaction { [7, 8].each { |sequence| stores.parking.park(parked(sequence, id: sequence.to_s), 0) } }
    other = open_database
    database.transaction do
      assert_equal 7, stores.parking.claim_due([partition_ref]).sequence
      assert_nil Thread.new { other.transaction { Concord::Stores.new(other).parking.claim_due([partition_ref]) } }.value
    end
  end

  def test_unfinished_runs_are_counted
    assert_equal [1, 2], [stores.attempts.begin(partition_ref, 4), stores.attempts.begin(partition_ref, 4)]
    stores.attempts.clear(partition_ref, 4)
    assert_equal 1, stores.attempts.begin(partition_ref, 4)
  end

  def test_a_position_only_grows_unless_it_is_rewound
    at = ->(sequence) { Concord::Store::Cursor.new(sequence:, event_id: "e", stream_created_at_ms: 1, event_time_ms: 2) }
    refute stores.cursor.open(partition_ref)
    assert_nil stores.cursor.load(partition_ref)
    stores.cursor.advance(partition_ref => at[5])
    stores.cursor.advance(partition_ref => at[3])
    assert_equal 5, stores.cursor.load(partition_ref).sequence
    stores.cursor.rewind(partition_ref, at[3])
    assert_equal({partition_ref => at[3]}, stores.cursor.list("inventory"))
    assert stores.cursor.open(partition_ref)
    stores.cursor.close(partition_ref)
    refute stores.cursor.open(partition_ref)
  end

  def test_a_database_has_one_identity
    assert_equal stores.identity.read, Concord::Stores.new(open_database).identity.read
  end
end

Databases.each_kind("Lease") do
  def balance(owner, held: [], ttl_ms: 60_000)
    stores.lease.balance(scope: "relay", partitions: 4, owner:, ttl_ms:, held:)
  end

  def test_replicas_come_to_fair_shares
    assert_equal [0, 1, 2, 3], balance("a").acquired
    assert_equal [2, []], balance("b").to_h.values_at(:members, :held)
    stores.lease.release("relay", "a", [2, 3])
    assert_equal [2, 3], balance("b").held
    assert_equal [0, 1], balance("a", held: [0, 1, 2, 3]).held
    stores.lease.leave("relay", "a")
    assert_equal [0, 1, 2, 3], balance("b", held: [2, 3]).held
  end

  def test_an_expired_lease_goes_to_whoever_asks
    balance("a", ttl_ms: 100)
    eventually { stores.lease.list("relay").all? { |lease| lease[:expires_in_ms] < 0 } }
    view = balance("b")
    assert_equal [1, [0, 1, 2, 3]], [view.members, view.held]
    assert_equal [0, 1, 2, 3], balance("a", held: [0, 1, 2, 3]).lost
  end
end

Databases.each_kind("Migrations") do
  def test_running_again_changes_nothing
    assert_empty Concord::Migrations.new(database).run
  end

  def test_the_services_own_files_run_once_after_concords
    Dir.mktmpdir do |folder|
      File.write("#{folder}/0001_stock.sql", "CREATE TABLE stock (id text);\r\nCREATE TABLE more (id text)")
      assert_equal ["0001_stock.sql"], Concord::Migrations.new(database, folder:).run
      assert_empty Concord::Migrations.new(database, folder:).run
      File.write("#{folder}/0001_stock.sql", "CREATE TABLE other (id text)")
      error = assert_raises(Concord::Error) { Concord::Migrations.new(database, folder:).run }
      assert_equal :migration, error.code
    end
  end

  def test_a_file_that_fails_changes_nothing_and_is_named
    Dir.mktmpdir do |folder|
      File.write("#{folder}/0001_bad.sql", "CREATE TABLE one (id text); CREATE TABLE one (id text)")
      error = assert_raises(Concord::Error) { Concord::Migrations.new(database, folder:).run }
      assert_match(/0001_bad.sql failed and changed nothing/, error.message)
      refute database.db.table_exists?(:one)
    end
  end

  def test_a_newer_database_is_refused
    database.query("INSERT INTO concord_migration (origin, name, checksum, applied_at_ms) VALUES ('concord', '9999_x.sql', 'x', 0)")
    assert_equal :migration, assert_raises(Concord::Error) { Concord::Migrations.new(database).run }.code
  end

  def test_a_schema_of_its_own_is_made_and_used
    skip "SQLite has no schemas" unless postgres?
    Concord::Migrations.new(database, schema: "shop").run
    assert_equal 0, Concord::Stores.new(database, schema: "shop").outbox.status[:waiting]
    assert_raises(Concord::Error) { Concord::Migrations.new(database, schema: "a b") }
  end
end
