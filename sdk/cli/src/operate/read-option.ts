import { CommandError, exitCodes } from "../command-error.ts";

type OptionValue = string | boolean | undefined;

/**
 * Reads a moment: ISO 8601, in UTC where it names no zone.
 * @throws {CommandError} when it is none.
 */
export function readTime(name: string, value: OptionValue): number | undefined {
  if (typeof value !== "string") return undefined;
  const isWhole = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/.test(value);
  const hasZone = !value.includes("T") || /(Z|[+-]\d{2}:\d{2})$/.test(value);
  const timeMs = isWhole ? Date.parse(hasZone ? value : `${value}Z`) : Number.NaN;
  if (!Number.isNaN(timeMs)) return timeMs;
  throw new CommandError(
    exitCodes.wrongUse,
    `--${name} "${value}" is no time; give 2026-11-21 or 2026-11-21T14:00:00Z`,
  );
}

/**
 * Reads a whole number from 1.
 * @throws {CommandError} when it is none.
 */
export function readCount(name: string, value: OptionValue): number | undefined {
  if (typeof value !== "string") return undefined;
  if (/^[1-9][0-9]{0,11}$/.test(value)) return Number(value);
  throw new CommandError(exitCodes.wrongUse, `${name} "${value}" is no whole number from 1`);
}
