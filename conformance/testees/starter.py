"""A testee of level L0 with nothing but the protobuf package: where to start from in another language."""
# npm run conformance -- --testee 'python3 conformance/testees/starter.py' --level L0
import json, pathlib, re, sys
sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "gen" / "python"))
from concord.event.v1.envelope_pb2 import Envelope
from google.protobuf.message import DecodeError
TYPE = "application/vnd.concord.envelope.v1+protobuf"
TEXTS = ["key", "idempotency_key", "traceparent", "correlation_id", "causation_id", "data_content_type", "tracestate", "data_schema"]
CORE = "id source specversion type time data datacontenttype traceparent tracestate".split()  # of CloudEvents
MAPPED = "partitionkey idempotencykey correlationid causationid keysequence schemadigest".split()  # fields of ours there
SOURCE = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?(?:[-\w.~!$&'()*+,;=:@/?\[\]]|%[0-9A-Fa-f]{2})*(?:#(?:[-\w.~!$&'()*+,;=:@/?]|%[0-9A-Fa-f]{2})*)?", re.A)

class Failure(Exception):
    """Its text is a code of the protocol."""
def to_bytes(value):
    return bytes.fromhex(value["fill"]) * value["size"] if isinstance(value, dict) else bytes.fromhex(value)

def check(envelope):
    """Every rule of the envelope (F7), for what is written and for what was read."""
    for text in (envelope.id, envelope.source, envelope.type):
        if not text or re.search(r"[\x00-\x1f\x7f-\x9f]", text): raise Failure("invalid_envelope")
    empty = any(envelope.HasField(name) and not getattr(envelope, name) for name in TEXTS)
    if empty or len(envelope.id.encode()) > 256 or not SOURCE.fullmatch(envelope.source): raise Failure("invalid_envelope")
    if not -62135596800 <= envelope.time.seconds <= 253402300799: raise Failure("invalid_envelope")
    for name, value in envelope.attributes.items():
        if not re.fullmatch("[a-z][a-z0-9]{0,19}", name) or name in CORE + MAPPED or not value: raise Failure("invalid_attribute")
    return envelope

def encode(fields):
    envelope = Envelope(**{name: fields[name] for name in ["id", "source", "type", *TEXTS] if name in fields}, attributes=fields.get("attributes", {}))
    if "data" in fields: envelope.data = to_bytes(fields["data"])
    if "sequence" in fields: envelope.sequence = int(fields["sequence"])
    if "time" in fields: envelope.time.FromJsonString(fields["time"])
    return check(envelope).SerializeToString(deterministic=True)  # attributes in the order of their names (F6)

def decode(body, headers):
    content_type = next((each["value"] for each in headers if each["name"].lower() == "content-type"), "")
    if content_type.split(";")[0].strip().lower() != TYPE: raise Failure("unsupported_content_type")
    envelope = Envelope.FromString(body)
    if not 0 <= envelope.time.nanos <= 999_999_999: raise Failure("undecodable")
    fields = {name: getattr(check(envelope), name) for name in ["id", "source", "type", *TEXTS] if envelope.HasField(name)}
    if envelope.HasField("sequence"): fields["sequence"] = str(envelope.sequence)
    if envelope.HasField("data"): fields["data"] = envelope.data.hex()
    if envelope.HasField("time"): fields["time"] = envelope.time.ToJsonString()
    return {**fields, "attributes": dict(envelope.attributes)}

def token(key):
    escaped = "%5F" if key == "_" else re.sub(rb"[^A-Za-z0-9_~-]", lambda byte: b"%%%02X" % ord(byte[0]), key.encode()).decode()
    if not 1 <= len(escaped) <= 255: raise Failure("invalid_key")
    return escaped
def partition(text, count, value=0x811C9DC5):
    for byte in text.encode(): value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value % int(count)

def subject(kind, envelope, stream="", service="", ns="", partitions=8):
    owner, key = (stream if kind == "event" else service), token(envelope["key"]) if "key" in envelope else None
    if not re.fullmatch("[a-z][a-z0-9-]{0,31}", owner) or ns and (ns in ("evt", "cmd", "dlq", "rdr") or not re.fullmatch("[a-z][a-z0-9]{0,31}", ns)): raise Failure("config")
    parts = [ns, "evt" if kind == "event" else "cmd", owner, str(partition(key or envelope["id"], partitions)), key or "_", envelope["type"]]
    if len(whole := ".".join(part for part in parts if part)) > 1024: raise Failure("invalid_key")
    return whole

def answer(op, args):
    if op == "hello": return {"name": "starter", "language": "python", "version": "0.1.0", "features": ["encode", "decode", "subject_of", "partition_of", "mode=env"]}
    if op == "encode": return {"body": encode(args["envelope"]).hex(), "headers": [{"name": "content-type", "value": TYPE}]}
    if op == "decode": return {"envelope": decode(to_bytes(args["body"]), args.get("headers", []))}
    if op == "subject_of": return {"subject": subject(**args)}
    if op == "partition_of": return {"partition": partition(token(args["key"]) if "key" in args else args["id"], args["partitions"])}
    if op == "quit": sys.exit()
    raise Failure("unsupported")

for line in sys.stdin:
    n = 0
    try:
        request = json.loads(line)
        n, _, (op, args) = request.pop("n"), request.pop("deadline_ms", 0), next(iter(request.items()))
        reply = {"n": n, op: answer(op, args)}
    except (Failure, DecodeError, ValueError, TypeError, KeyError, AttributeError) as error:
        code = str(error) if isinstance(error, Failure) else "undecodable" if isinstance(error, DecodeError) else "bad_request"
        reply = {"n": n, "error": {"code": code, "message": ""}}
    print(json.dumps(reply), flush=True)
