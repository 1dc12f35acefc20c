import { type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";

const varints = new Set([ScalarType.UINT64, ScalarType.INT64, ScalarType.INT32]);

/**
 * Whether a field that the message knows comes with the wire type of another kind. Runtimes disagree about it: some read on
 * as if nothing were wrong, some take the field for an unknown one, some refuse the message.
 */
export function hasForeignWireType(message: DescMessage, body: Uint8Array): boolean {
  try {
    return scan(message, new BinaryReader(body));
  } catch {
    return false;
  }
}

function scan(message: DescMessage, reader: BinaryReader): boolean {
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    const field = message.fields.find((each) => each.number === number);
    if (field && wireType !== expectedType(field.scalar)) return true;
    if (field && wireType === WireType.LengthDelimited) {
      const bytes = reader.bytes();
      if (field.message && scan(field.message, new BinaryReader(bytes))) return true;
      if (field.fieldKind === "map" && scanEntry(new BinaryReader(bytes))) return true;
    } else {
      reader.skip(wireType, number);
    }
  }
  return false;
}

/** Key and value of the attributes are texts. */
function scanEntry(reader: BinaryReader): boolean {
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    if (number <= 2 && wireType !== WireType.LengthDelimited) return true;
    reader.skip(wireType, number);
  }
  return false;
}

function expectedType(scalar: ScalarType | undefined): WireType {
  return scalar !== undefined && varints.has(scalar) ? WireType.Varint : WireType.LengthDelimited;
}
