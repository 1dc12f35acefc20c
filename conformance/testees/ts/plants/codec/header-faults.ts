import { asking, planted } from "../answers.ts";
import type { Plant } from "../plant.ts";

/** Percent-encodes what is encoded already. */
export const doubleEscape: Plant = planted("encode", ({ body, headers = [] }) => ({
  ...(body && { body }),
  headers: headers.map(({ name = "", value = "" }) => ({ name, value: value.replaceAll("%", "%25") })),
}));

/** Decodes percent signs into bytes and takes what is no UTF-8 for something else. */
export const overlongOk: Plant = asking("decode", (asked) => ({
  ...asked,
  headers: asked.headers.map((header) => ({ ...header, value: header.value.replace(/%C0%A0/gi, "%20") })),
}));

/** Reads a header that is empty like one that is not there. */
export const getEmpty: Plant = asking("decode", (asked) => ({
  ...asked,
  headers: asked.headers.filter(({ name, value }) => value !== "" || !/^ce-(?!id$|source$|type$)/i.test(name)),
}));
