import type { EventContract } from "@concord/sdk";
import { type ServiceContract, streamContract } from "@concord/sdk/contract";
import type { SystemContracts } from "../system/system-contracts.ts";
import { commentOf } from "./comment-of.ts";
import { exampleOf } from "./example-of.ts";
import { drawFlowGraph } from "./flow-graph.ts";
import { printMessage } from "./print-message.ts";

const style = `
:root { color-scheme: light dark; --line: light-dark(#8a94a6, #667085); --service: light-dark(#dbeafe, #1e3a5f);
  --event: light-dark(#fff, #1f2430); --command: light-dark(#fef3c7, #4a3a10); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; }
svg { width: 100%; height: auto; font-size: 12px; } svg text { fill: CanvasText; }
svg rect { fill: var(--event); stroke: var(--line); } .service rect { fill: var(--service); } .command rect { fill: var(--command); }
.flow { fill: none; stroke: var(--line); opacity: .7; } .flow.command { stroke-dasharray: 4 3; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
section { margin: 2.5rem 0; } pre { overflow-x: auto; padding: .8rem; border: 1px solid var(--line); border-radius: 6px; }
dt { font-weight: 600; } dd { margin: 0 0 .4rem; } h3 { overflow-wrap: anywhere; }
`;

/** Writes one page of all services and events that needs nothing else: no script, no font, no address. */
export function printPage(system: SystemContracts): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Events and services</title>
<style>${style}</style>
</head>
<body>
<h1>Events and services</h1>
<p>Written by <code>concord docs</code> from the contracts. Commands are dashed.</p>
<section>
<h2>Who publishes what to whom</h2>
${drawFlowGraph(system)}
</section>
<section>
<h2>Services</h2>
<table>
<tr><th>service</th><th>publishes and sends</th><th>handles</th><th>reference</th></tr>
${system.services.map((service) => serviceRow(system, service)).join("\n")}
</table>
</section>
<section>
<h2>Events and commands</h2>
${system.events.map((contract) => eventSection(system, contract)).join("\n")}
</section>
</body>
</html>
`;
}

function serviceRow(system: SystemContracts, service: ServiceContract): string {
  const links = (contracts: readonly EventContract[]) => contracts.map(({ type }) => linkTo(type)).join("<br>") || "–";
  const { name } = service;
  const reference = `<a href="${name}.asyncapi.json">AsyncAPI</a>`;
  const cells = [links(system.publishedBy(service)), links(system.handledBy(service)), reference];
  return `<tr id="service-${name}"><th>${name}</th>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`;
}

function linkTo(type: string): string {
  return `<a href="#${type}">${type.slice(type.lastIndexOf(".") + 1)}</a>`;
}

function eventSection(system: SystemContracts, contract: EventContract): string {
  const { type, kind, owner, schema, tree, stream, subjectType, partitions, deprecation } = contract;
  const { retentionMs } = streamContract(schema.file);
  const facts = {
    [kind === "command" ? "Sent to" : "Published by"]: owner,
    Subject: `<code>${tree}.${stream}.*.*.${subjectType}</code>`,
    Stream: `${tree}-${stream}, ${partitions} partitions, kept ${retentionMs / 86_400_000} days`,
    Consumers:
      system
        .consumersOf(type)
        .map((consumer) => describeConsumer(consumer, type))
        .join("<br>") || "nobody",
    ...(deprecation && { Deprecated: escapeHtml(`since ${deprecation.since}: ${deprecation.note}`) }),
  };
  return `<article id="${type}">
<h3>${type}</h3>
<p>${escapeHtml(commentOf(schema))}</p>
<dl>${Object.entries(facts)
    .map(([name, value]) => `<dt>${name}</dt><dd>${value}</dd>`)
    .join("")}</dl>
<details><summary>Contract and example</summary>
<pre>${escapeHtml(printMessage(schema))}</pre>
<pre>${escapeHtml(JSON.stringify(exampleOf(schema), undefined, 2))}</pre>
</details>
</article>`;
}

function describeConsumer({ name, consumes }: ServiceContract, type: string): string {
  const fields = consumes.find(({ event }) => event === type)?.fields ?? [];
  return fields.length === 0
    ? name
    : `${name}, which reads ${fields.map((field) => `<code>${field}</code>`).join(", ")}`;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
