# frozen_string_literal: true

require "test_helper"

class KeyTokenTest < Minitest::Test
  def test_escapes_every_byte_that_a_subject_token_cannot_have
    {
      "order-1" => "order-1", "A_z~9" => "A_z~9", "_" => "%5F", "__" => "__", "a.b" => "a%2Eb", "*" => "%2A", ">" => "%3E",
      "%" => "%25", " \r\n\0" => "%20%0D%0A%00", "é" => "%C3%A9", "😀" => "%F0%9F%98%80", "(!')" => "%28%21%27%29"
    }.each do |key, token|
      assert_equal token, Concord::KeyToken.escape(key)
      assert_equal key, Concord::KeyToken.unescape(token)
    end
  end

  def test_gives_distinct_keys_distinct_tokens_that_can_be_turned_back
    random = Random.new(7)
    keys = Array.new(1000) { Array.new(random.rand(1..12)) { [random.rand(1..0x2ff)].pack("U") }.join }.uniq
    tokens = keys.map { |key| Concord::KeyToken.escape(key) }
    assert_equal keys, tokens.map { |token| Concord::KeyToken.unescape(token) }
    assert_equal keys.size, tokens.uniq.size
  end

  def test_refuses_keys_that_are_empty_too_long_or_no_text
    ["", "a" * 256, "é" * 43, "\xff"].each { |key| assert_code(:invalid_key, key) { Concord::KeyToken.escape(key) } }
    assert_equal 255, Concord::KeyToken.escape("a" * 255).bytesize
  end

  def test_refuses_tokens_that_it_would_not_write
    ["%5f", "%41", "a.b", "%zz", "%C3", ""].each { |token| assert_code(:invalid_key, token) { Concord::KeyToken.unescape(token) } }
    assert_nil Concord::KeyToken.unescape("_")
  end
end
