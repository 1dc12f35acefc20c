# A testee of level L0 with nothing but the google-protobuf gem: where to start from in another language.
# npm run conformance -- --testee 'ruby conformance/testees/starter.rb' --level L0
$LOAD_PATH.unshift(File.expand_path("../../gen/ruby", __dir__))
require "json"
require "time"
require "concord/event/v1/envelope_pb"

Envelope = Concord::Proto::Event::V1::Envelope
TYPE = "application/vnd.concord.envelope.v1+protobuf"
TEXTS = %w[key idempotency_key traceparent correlation_id causation_id data_content_type tracestate data_schema].freeze
CORE = %w[id source specversion type time data datacontenttype traceparent tracestate].freeze # of CloudEvents
MAPPED = %w[partitionkey idempotencykey correlationid causationid keysequence schemadigest].freeze # fields of ours there
SOURCE = %r{\A(?:[A-Za-z][A-Za-z0-9+.-]*:)?(?:[-\w.~!$&'()*+,;=:@/?\[\]]|%\h\h)*(?:#(?:[-\w.~!$&'()*+,;=:@/?]|%\h\h)*)?\z}
Failure = Class.new(StandardError) # its message is a code of the protocol
def bytes(hex) = hex.is_a?(Hash) ? [hex["fill"]].pack("H*") * hex["size"] : [hex].pack("H*")

# Every rule of the envelope (F7), for what is written and for what was read.
def check(envelope)
  fine = [envelope.id, envelope.source, envelope.type].none? { |text| text.empty? || text.match?(/[[:cntrl:]]/) } &&
    envelope.id.bytesize <= 256 && envelope.source.match?(SOURCE) && TEXTS.none? { |name| envelope.public_send("has_#{name}?") && envelope[name].empty? }
  raise Failure, "invalid_envelope" unless fine && (!envelope.time || envelope.time.seconds.between?(-62_135_596_800, 253_402_300_799))
  named = envelope.attributes.to_h.all? { |name, value| name.match?(/\A[a-z][a-z0-9]{0,19}\z/) && !(CORE + MAPPED).include?(name) && value != "" }
  named ? envelope : raise(Failure, "invalid_attribute")
end

def encode(json)
  fields = json.slice("id", "source", "type", *TEXTS).transform_keys(&:to_sym)
  fields[:data] = bytes(json["data"]) if json["data"]
  fields[:sequence] = Integer(json["sequence"]) if json["sequence"]
  fields[:time] = Google::Protobuf::Timestamp.new(seconds: (time = Time.iso8601(json["time"])).to_i, nanos: time.nsec) if json["time"]
  attributes = (json["attributes"] || {}).sort # the gem writes a map in any order; one entry at a time it has none (F6)
  check(Envelope.new(**fields, attributes: attributes.to_h))
  [Envelope.new(**fields), *attributes.map { |pair| Envelope.new(attributes: [pair].to_h) }].map { |part| Envelope.encode(part) }.join
end

def decode(body, headers)
  type = headers.find { |header| header["name"].downcase == "content-type" }
  raise Failure, "unsupported_content_type" unless type && type["value"].split(";").first.strip.downcase == TYPE
  envelope = Envelope.decode(body)
  raise Failure, "undecodable" if (time = envelope.time) && !time.nanos.between?(0, 999_999_999)
  json = %w[id source type].concat(TEXTS).select { |name| check(envelope).public_send("has_#{name}?") }.to_h { |name| [name, envelope[name]] }
  json["sequence"] = envelope.sequence.to_s if envelope.has_sequence?
  json["data"] = envelope.data.unpack1("H*") if envelope.has_data?
  json["time"] = Time.at(time.seconds, time.nanos, :nsec).utc.strftime("%Y-%m-%dT%H:%M:%S.%NZ") if time
  json.merge("attributes" => envelope.attributes.to_h)
end

def token(key)
  escaped = key == "_" ? "%5F" : key.b.gsub(/[^A-Za-z0-9_~-]/n) { |byte| format("%%%02X", byte.ord) }
  escaped.size.between?(1, 255) ? escaped : raise(Failure, "invalid_key")
end
def partition(text, count) = text.bytes.reduce(0x811c9dc5) { |hash, byte| ((hash ^ byte) * 0x01000193) & 0xffffffff } % Integer(count)

def subject(kind, owner, envelope, ns, partitions)
  raise Failure, "config" unless ns.match?(/\A(?!(?:evt|cmd|dlq|rdr)\z)([a-z][a-z0-9]{0,31})?\z/) && owner.match?(/\A[a-z][a-z0-9-]{0,31}\z/)
  key = envelope["key"] && token(envelope["key"])
  tree = (kind == "event") ? "evt" : "cmd"
  whole = [*(ns unless ns.empty?), tree, owner, partition(key || envelope["id"], partitions), key || "_", envelope["type"]].join(".")
  whole.bytesize > 1024 ? raise(Failure, "invalid_key") : whole
end

def answer(op, args)
  case op
  when "hello" then {name: "starter", language: "ruby", version: "0.1.0", features: %w[encode decode subject_of partition_of mode=env]}
  when "encode" then {body: encode(args["envelope"]).unpack1("H*"), headers: [{name: "content-type", value: TYPE}]}
  when "decode" then {envelope: decode(bytes(args["body"]), args["headers"] || [])}
  when "subject_of" then {subject: subject(args["kind"], args["stream"] || args["service"] || "", args["envelope"], args["ns"] || "", args["partitions"] || 8)}
  when "partition_of" then {partition: partition(args["key"] ? token(args["key"]) : args["id"], args["partitions"])}
  when "quit" then exit
  else raise Failure, "unsupported"
  end
end
$stdin.set_encoding("UTF-8").each_line do |line|
  n = 0
  n, op, args = (request = JSON.parse(line))["n"], *request.except("n", "deadline_ms").first
  $stdout.puts(JSON.generate(n: n, op => answer(op, args))).tap { $stdout.flush }
rescue Failure, Google::Protobuf::ParseError, JSON::ParserError, ArgumentError, TypeError, NoMethodError => error
  code = {Failure => error.message, Google::Protobuf::ParseError => "undecodable"}.fetch(error.class, "bad_request")
  $stdout.puts(JSON.generate(n: n, error: {code: code, message: ""})).tap { $stdout.flush }
end
