# frozen_string_literal: true

require_relative "test_helper"
require "concord/conformance/v1/fixture_schema_pb"
require "concord/contract/schema_digest"
require "digest"
require "json"

# The digest of a schema (conformance F16), against the vectors of all languages and against lines as a person writes them.
class SchemaDigestTest < Minitest::Test
  PACKAGE = "concord.conformance.v1"
  Proto = Concord::Proto::Conformance::V1
  VECTORS = JSON.parse(File.read(File.expand_path("../../../conformance/vectors/schema.json", __dir__)))["vectors"]

  def digest(message_class) = Concord::Contract::SchemaDigest.of(message_class)

  def digest_of(lines)
    text = lines.lines.map { |line| "#{PACKAGE}.#{line.strip.gsub(" ~", " #{PACKAGE}.")}\n" }.sort.join
    "urn:concord:schema:#{Digest::SHA256.hexdigest(text)[0, 32]}"
  end

  def test_it_is_that_of_every_vector
    refute_empty VECTORS
    VECTORS.each do |vector|
      name = vector.dig("request", "schema_of", "type").delete_prefix("#{PACKAGE}.")
      assert_equal vector.dig("reply", "data_schema"), digest(Proto.const_get(name)), name
    end
  end

  def test_it_names_every_type_that_is_reached_once_also_one_that_reaches_itself
    assert_equal digest_of(<<~LINES), digest(Proto::SchemaTree)
      SchemaTree 1 leaf message singular ~SchemaLeaf
      SchemaTree 2 children message repeated ~SchemaTree
      SchemaLeaf 1 value string singular
    LINES
  end

  def test_it_names_labels_as_written_members_of_a_choice_as_singular_and_entries_of_a_map_as_messages
    assert_equal digest_of(<<~LINES), digest(Proto::SchemaLabels)
      SchemaLabels 1 one string singular
      SchemaLabels 2 maybe string optional
      SchemaLabels 3 many string repeated
      SchemaLabels 4 counts message map ~SchemaLabels.CountsEntry
      SchemaLabels.CountsEntry 1 key string singular
      SchemaLabels.CountsEntry 2 value int32 singular
      SchemaLabels 5 leaves message map ~SchemaLabels.LeavesEntry
      SchemaLabels.LeavesEntry 1 key int64 singular
      SchemaLabels.LeavesEntry 2 value message singular ~SchemaLeaf
      SchemaLabels 6 text string singular
      SchemaLabels 7 leaf message singular ~SchemaLeaf
      SchemaLeaf 1 value string singular
    LINES
  end

  def test_it_has_a_line_for_each_value_of_an_enum
    assert_equal digest_of(<<~LINES), digest(Proto::SchemaEnums)
      SchemaEnums 1 size enum singular ~SchemaEnums.Size
      SchemaEnums 2 colour enum singular ~SchemaColour
      SchemaEnums.Size 0 SIZE_UNSPECIFIED
      SchemaEnums.Size 1 SIZE_SMALL
      SchemaColour 0 SCHEMA_COLOUR_UNSPECIFIED
      SchemaColour 5 SCHEMA_COLOUR_RED
      SchemaColour -1 SCHEMA_COLOUR_INFRARED
    LINES
  end
end
