# frozen_string_literal: true

require "test_helper"

class DeadLetterTest < Minitest::Test
  EVENT = Concord::StoredMessage.new(stream: "x-evt-orders", sequence: 7, body: "bytes", stored_at_ms: 0,
    subject: "x.evt.orders.3.k.T", headers: {"content-type" => "c", "nats-msg-id" => "m", "traceparent" => "t"})
  VERDICT = {service: "mail", namespace: "x", reason: "exhausted", error: :internal, attempts: 5}.freeze

  def test_keeps_the_original_and_says_why
    letter = Concord::DeadLetter.write(EVENT, **VERDICT)
    assert_equal ["x-dlq-mail", "x.dlq.mail.evt.orders.3.k.T", "dl/mail/x-evt-orders/7/0", "bytes"],
      [letter.stream, letter.subject, letter.message_id, letter.body]
    assert_equal({"content-type" => "c", "traceparent" => "t", "concord-reason" => "exhausted",
      "concord-error" => "internal", "concord-attempts" => "5", "concord-consumer" => "mail",
      "concord-stream" => "x-evt-orders", "concord-sequence" => "7"}, letter.headers)
  end

  def test_a_redrive_has_the_next_number_and_an_id_of_its_own_and_no_verdict
    envelope = Concord::Envelope.new(id: "a/b", source: "/s", type: "T")
    redrive = Concord::DeadLetter.redrive(stored(Concord::DeadLetter.write(EVENT, **VERDICT)), envelope)
    assert_equal ["x-rdr-mail", "x.rdr.mail.evt.orders.3.k.T", "/s/a%2Fb/redrive/1"],
      [redrive.stream, redrive.subject, redrive.message_id]
    assert_equal %w[concord-consumer concord-redrive concord-sequence concord-stream content-type traceparent],
      redrive.headers.keys.sort
    assert_equal "dl/mail/x-evt-orders/7/0/redrive/1",
      Concord::DeadLetter.redrive(stored(Concord::DeadLetter.write(EVENT, **VERDICT))).message_id
  end

  def test_a_redrive_that_fails_again_is_told_by_where_its_event_first_stood
    redrive = stored(Concord::DeadLetter.redrive(stored(Concord::DeadLetter.write(EVENT, **VERDICT))))
    again = Concord::DeadLetter.write(redrive, **VERDICT)
    assert_equal ["x.dlq.mail.evt.orders.3.k.T", "dl/mail/x-evt-orders/7/1"], [again.subject, again.message_id]
    letter = Concord::DeadLetter.new(stored(again))
    assert_equal [1, "x-evt-orders", 7, "x.evt.orders.3.k.T"],
      [letter.redrives, letter.original_stream, letter.original_sequence, letter.original_subject]
  end

  def test_a_replay_that_repeats_effects_ends_with_its_dead_letter
    replay = stored(Concord::DeadLetter.write(EVENT, **VERDICT))
    replay.headers = replay.headers.merge("concord-again" => "true")
    assert Concord::DeadLetter.again?(replay.headers)
    refute Concord::DeadLetter.again?("concord-again" => "1")
    refute Concord::DeadLetter.again?(Concord::DeadLetter.redrive(replay).headers)
  end

  def test_other_messages_are_none
    assert_code(:invalid_argument) { Concord::DeadLetter.new(EVENT) }
    letter = stored(Concord::DeadLetter.write(EVENT, **VERDICT))
    letter.headers = letter.headers.merge("concord-reason" => "mood")
    assert_code(:invalid_argument) { Concord::DeadLetter.new(letter) }
  end

  private

  def stored(message)
    Concord::StoredMessage.new(stream: message.stream, sequence: 1, subject: message.subject, body: message.body,
      headers: message.headers, stored_at_ms: 0)
  end
end
