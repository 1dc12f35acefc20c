import type { JsonObject } from "../suite/json.ts";

/** One header as it is on the wire. */
export interface WireHeader {
  readonly name: string;
  readonly value: string;
}

/** The first value of a header, its name in any case and its value trimmed (F9); undefined when it is not there. */
export function headerValue(headers: readonly WireHeader[], name: string): string | undefined {
  return headers.find((header) => header.name.toLowerCase() === name.toLowerCase())?.value.trim();
}

/** Headers by lower-case name, for patterns; of a repeated one the first. */
export function headersByName(headers: readonly WireHeader[]): JsonObject {
  return Object.fromEntries(headers.toReversed().map(({ name, value }) => [name.toLowerCase(), value]));
}

/** Puts headers in place of those of the same name, in any case; an empty value only takes them away. */
export function replaceHeaders(headers: readonly WireHeader[], replacements: readonly WireHeader[]): WireHeader[] {
  const names = new Set(replacements.map(({ name }) => name.toLowerCase()));
  return [
    ...headers.filter(({ name }) => !names.has(name.toLowerCase())),
    ...replacements.filter(({ value }) => value !== ""),
  ];
}

/**
 * Reads NATS headers as the broker keeps them, values with their spaces
 * (https://docs.nats.io/reference/reference-protocols/nats-protocol).
 */
export function parseHeaderBlock(block: Uint8Array): WireHeader[] {
  const lines = Buffer.from(block).toString("utf8").split("\r\n").slice(1);
  return lines
    .filter((line) => line.includes(":"))
    .map((line) => {
      const colon = line.indexOf(":");
      return { name: line.slice(0, colon), value: line.slice(colon + 1).replace(/^ /, "") };
    });
}

/** Writes NATS headers as they are given, whatever they hold. */
export function formatHeaderBlock(headers: readonly WireHeader[]): Uint8Array {
  return Buffer.from(`NATS/1.0\r\n${headers.map(({ name, value }) => `${name}: ${value}\r\n`).join("")}\r\n`);
}
