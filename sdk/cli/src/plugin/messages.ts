import { fromBinary } from "@bufbuild/protobuf";
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { type FileDescriptorProto, FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";

// Field numbers come from https://github.com/bufbuild/bufplugin (buf/plugin/check/v1) and
// https://github.com/bufbuild/pluginrpc (pluginrpc/v1).

/** A .proto file as buf hands it to a check plugin. */
export interface CheckedFile {
  readonly proto: FileDescriptorProto;
  /** It is only there because another file imports it, so nothing is said about it. */
  readonly isImport: boolean;
}

/** What buf asks a check plugin to judge. */
export interface CheckRequest {
  readonly files: readonly CheckedFile[];
  /** The contracts as they were; empty for lint. */
  readonly againstFiles: readonly CheckedFile[];
  readonly options: ReadonlyMap<string, boolean>;
  /** Rules that are wanted; empty for those that are on by default. */
  readonly ruleIds: readonly string[];
}

/** A place in a file, which buf turns into a line by the descriptor's source information. */
export interface FileLocation {
  readonly file: string;
  readonly path: readonly number[];
}

/** One thing found, as buf prints it. */
export interface Annotation {
  readonly ruleId: string;
  readonly message: string;
  readonly at: FileLocation | undefined;
  readonly against: FileLocation | undefined;
}

/** A rule as buf lists it. */
export interface ListedRule {
  readonly id: string;
  readonly categories: readonly string[];
  readonly isDefault: boolean;
  readonly purpose: string;
  readonly type: "lint" | "breaking";
}

/** A group of rules as buf lists it. */
export interface ListedCategory {
  readonly id: string;
  readonly purpose: string;
}

const ruleTypes = { lint: 1, breaking: 2 } as const;

/** Writes `pluginrpc.v1.Spec`: the procedures that can be called. */
export function encodeSpec(procedures: readonly string[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const path of procedures) writeMessage(writer, 1, (inner) => writeText(inner, 1, path));
  return writer.finish();
}

/** Reads the value of `pluginrpc.v1.Request`; empty when there is none. */
export function decodeRequest(bytes: Uint8Array): Uint8Array {
  const any = lastBytes(bytes, 1);
  return any === undefined ? new Uint8Array() : (lastBytes(any, 2) ?? new Uint8Array());
}

/** Writes `pluginrpc.v1.Response` around a message of `buf.plugin.check.v1`. */
export function encodeResponse(typeName: string, value: Uint8Array): Uint8Array {
  const writer = new BinaryWriter();
  writeMessage(writer, 1, (any) => {
    writeText(any, 1, `type.googleapis.com/buf.plugin.check.v1.${typeName}`);
    any.tag(2, WireType.LengthDelimited).bytes(value);
  });
  return writer.finish();
}

/** Reads `buf.plugin.check.v1.CheckRequest`. */
export function decodeCheckRequest(bytes: Uint8Array): CheckRequest {
  const files: CheckedFile[] = [];
  const againstFiles: CheckedFile[] = [];
  const options = new Map<string, boolean>();
  const ruleIds: string[] = [];
  readFields(bytes, (number, reader) => {
    if (number === 1) files.push(decodeFile(reader.bytes()));
    else if (number === 2) againstFiles.push(decodeFile(reader.bytes()));
    else if (number === 3) readOption(reader.bytes(), options);
    else if (number === 4) ruleIds.push(reader.string());
    else return false;
    return true;
  });
  return { files, againstFiles, options, ruleIds };
}

/** Writes `buf.plugin.check.v1.CheckResponse`. */
export function encodeCheckResponse(annotations: readonly Annotation[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const { ruleId, message, at, against } of annotations) {
    writeMessage(writer, 1, (inner) => {
      writeText(inner, 1, ruleId);
      writeText(inner, 2, message);
      if (at) writeLocation(inner, 3, at);
      if (against) writeLocation(inner, 4, against);
    });
  }
  return writer.finish();
}

/** Writes `buf.plugin.check.v1.ListRulesResponse`. */
export function encodeRules(rules: readonly ListedRule[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const { id, categories, isDefault, purpose, type } of rules) {
    writeMessage(writer, 2, (inner) => {
      writeText(inner, 1, id);
      for (const category of categories) writeText(inner, 2, category);
      if (isDefault) inner.tag(3, WireType.Varint).bool(true);
      writeText(inner, 4, purpose);
      inner.tag(5, WireType.Varint).int32(ruleTypes[type]);
    });
  }
  return writer.finish();
}

/** Writes `buf.plugin.check.v1.ListCategoriesResponse`. */
export function encodeCategories(categories: readonly ListedCategory[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const { id, purpose } of categories) {
    writeMessage(writer, 2, (inner) => {
      writeText(inner, 1, id);
      writeText(inner, 2, purpose);
    });
  }
  return writer.finish();
}

function decodeFile(bytes: Uint8Array): CheckedFile {
  let proto = new Uint8Array();
  let isImport = false;
  readFields(bytes, (number, reader) => {
    if (number === 1) proto = reader.bytes() as Uint8Array<ArrayBuffer>;
    else if (number === 2) isImport = reader.bool();
    else return false;
    return true;
  });
  return { proto: fromBinary(FileDescriptorProtoSchema, proto), isImport };
}

/** All options of ours are switches; others are none of ours. */
function readOption(bytes: Uint8Array, options: Map<string, boolean>): void {
  let key = "";
  let value: Uint8Array = new Uint8Array();
  readFields(bytes, (number, reader) => {
    if (number === 1) key = reader.string();
    else if (number === 2) value = reader.bytes();
    else return false;
    return true;
  });
  readFields(value, (number, reader) => {
    if (number !== 1) return false;
    options.set(key, reader.bool());
    return true;
  });
}

function lastBytes(bytes: Uint8Array, wanted: number): Uint8Array | undefined {
  let found: Uint8Array | undefined;
  readFields(bytes, (number, reader) => {
    if (number !== wanted) return false;
    found = reader.bytes();
    return true;
  });
  return found;
}

/** Calls back at each field; what the callback leaves unread is skipped. */
function readFields(bytes: Uint8Array, read: (number: number, reader: BinaryReader) => boolean): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    if (!read(number, reader)) reader.skip(wireType, number);
  }
}

function writeText(writer: BinaryWriter, number: number, text: string): void {
  writer.tag(number, WireType.LengthDelimited).string(text);
}

function writeMessage(writer: BinaryWriter, number: number, write: (inner: BinaryWriter) => void): void {
  writer.tag(number, WireType.LengthDelimited).fork();
  write(writer);
  writer.join();
}

function writeLocation(writer: BinaryWriter, number: number, { file, path }: FileLocation): void {
  writeMessage(writer, number, (inner) => {
    writeText(inner, 1, file);
    inner.tag(2, WireType.LengthDelimited).fork();
    for (const part of path) inner.int32(part);
    inner.join();
  });
}
