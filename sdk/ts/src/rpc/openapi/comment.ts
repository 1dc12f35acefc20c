import type { AnyDesc } from "@bufbuild/protobuf";

/** Gives what a contract's comment says of a declaration; empty when it says nothing. */
export type Comment = (of: AnyDesc) => string;
