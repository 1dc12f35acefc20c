import { createRegistry, type DescFile, type DescMessage } from "@bufbuild/protobuf";
import { file_concord_conformance_v1_fixture_counted as counted } from "@concord/gen/concord/conformance/v1/fixture_counted_pb.js";
import { file_concord_conformance_v1_fixture_keyed as keyed } from "@concord/gen/concord/conformance/v1/fixture_keyed_pb.js";
import { file_concord_conformance_v1_fixture_limited as limited } from "@concord/gen/concord/conformance/v1/fixture_limited_pb.js";
import { file_concord_conformance_v1_fixture_schema as schema } from "@concord/gen/concord/conformance/v1/fixture_schema_pb.js";
import { BadRequest } from "./protocol/error.ts";

const registry = createRegistry(counted, keyed, limited, schema);
const files: Readonly<Record<string, DescFile>> = { counted, keyed, limited };

/** What the suite publishes unless it says otherwise. */
export const defaultType = "concord.conformance.v1.CountedEvent";

/** Finds a message of the suite's contracts by its full name. */
export function messageOf(type: string): DescMessage {
  const found = registry.getMessage(type || defaultType);
  if (found) return found;
  throw new BadRequest(`no contract of the suite declares ${type}`);
}

/** Finds a contract file of the suite by its fixture's name. */
export function fileOf(fixture: string): DescFile {
  const found = Object.hasOwn(files, fixture) ? files[fixture] : undefined;
  if (found) return found;
  throw new BadRequest(`there is no fixture ${fixture}`);
}

/** The services of the suite's contracts. */
export const services = counted.services;
