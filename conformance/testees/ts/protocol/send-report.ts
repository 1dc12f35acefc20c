import type { MessageInitShape } from "@bufbuild/protobuf";
import type { TesteeReportSchema } from "@concord/gen/concord/conformance/v1/testee_report_pb.js";

/** Hands a report of something that happened to the runner. */
export type SendReport = (report: MessageInitShape<typeof TesteeReportSchema>) => void;
