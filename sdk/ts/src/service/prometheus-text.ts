import type { Attributes } from "@opentelemetry/api";
import type { DataPoint, DataPointType, Histogram, MetricData, ResourceMetrics } from "@opentelemetry/sdk-metrics";

/** Names of units in names of metrics; others are left out (https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/). */
const unitNames: Readonly<Record<string, string>> = { s: "seconds", ms: "milliseconds", By: "bytes", "1": "ratio" };

/** `DataPointType` by number, so that this file loads nothing. */
const histogramType: DataPointType.HISTOGRAM = 0;
const gaugeType: DataPointType.GAUGE = 2;
const sumType: DataPointType.SUM = 3;

/** Writes collected metrics in the text format of Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats/). */
export function toPrometheusText({ scopeMetrics }: ResourceMetrics): string {
  return scopeMetrics
    .flatMap(({ metrics }) => metrics)
    .flatMap(linesOf)
    .map((line) => `${line}\n`)
    .join("");
}

function linesOf(metric: MetricData): readonly string[] {
  const { descriptor, dataPointType } = metric;
  const counts = dataPointType === sumType && metric.isMonotonic;
  const name = `${metricName(descriptor)}${counts ? "_total" : ""}`;
  const head = (type: string) => [`# HELP ${name} ${escapeText(descriptor.description)}`, `# TYPE ${name} ${type}`];
  switch (dataPointType) {
    case histogramType:
      return [...head("histogram"), ...metric.dataPoints.flatMap((point) => histogramLines(name, point))];
    case sumType:
    case gaugeType:
      return [
        ...head(counts ? "counter" : "gauge"),
        ...metric.dataPoints.map(({ attributes, value }) => `${name}${labels(attributes)} ${value}`),
      ];
    default:
      return [];
  }
}

function histogramLines(name: string, { attributes, value }: DataPoint<Histogram>): readonly string[] {
  let count = 0;
  const buckets = value.buckets.counts.map((own, index) => {
    count += own;
    const le = String(value.buckets.boundaries[index] ?? "+Inf");
    return `${name}_bucket${labels({ ...attributes, le })} ${count}`;
  });
  const own = labels(attributes);
  return [...buckets, `${name}_sum${own} ${value.sum ?? 0}`, `${name}_count${own} ${value.count}`];
}

function metricName({ name, unit }: MetricData["descriptor"]): string {
  const unitName = unitNames[unit];
  return sanitize(unitName ? `${name}_${unitName}` : name);
}

function labels(attributes: Attributes): string {
  const pairs = Object.entries(attributes).map(([key, value]) => `${sanitize(key)}="${escapeLabel(String(value))}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function sanitize(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_]/g, "_");
}

function escapeText(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function escapeLabel(text: string): string {
  return escapeText(text).replaceAll('"', '\\"');
}
