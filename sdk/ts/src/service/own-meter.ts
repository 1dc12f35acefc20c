import type { Meter } from "@opentelemetry/api";
import { toPrometheusText } from "./prometheus-text.ts";

/** A service's own metrics, measured whether somebody collects them or not. */
export interface OwnMeter {
  readonly meter: Meter;
  /** Collects all of them, in the format of Prometheus. */
  readonly text: () => Promise<string>;
  readonly close: () => Promise<void>;
}

/**
 * Makes a meter that belongs to one service, so that several in one process do not mix (trap T33). OpenTelemetry's SDK does
 * the measuring, and is loaded only here.
 */
export async function createOwnMeter(): Promise<OwnMeter> {
  const { MeterProvider, MetricReader } = await import("@opentelemetry/sdk-metrics");
  class PulledReader extends MetricReader {
    protected override async onShutdown(): Promise<void> {}
    protected override async onForceFlush(): Promise<void> {}
  }
  const reader = new PulledReader();
  const provider = new MeterProvider({ readers: [reader] });
  return {
    meter: provider.getMeter("@concord/sdk"),
    text: async () => toPrometheusText((await reader.collect()).resourceMetrics),
    close: () => provider.shutdown(),
  };
}
