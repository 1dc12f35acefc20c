import type { EventContract } from "@concord/sdk";
import { type ServiceContract, streamContract } from "@concord/sdk/contract";
import type { SystemContracts } from "../system/system-contracts.ts";
import { commentOf } from "./comment-of.ts";
import { exampleOf } from "./example-of.ts";
import { drawFlowGraph } from "./flow-graph.ts";
import { printMessage } from "./print-message.ts";

const style = `
:root { color-scheme: light dark; --line: light-dark(#98a2b3, #667085); --soft: light-dark(#e4e7ec, #344054);
  --dim: light-dark(#475467, #98a2b3); --link: light-dark(#175cd3, #84adff); --code: light-dark(#f2f4f7, #1d2939);
  --service: light-dark(#dbeafe, #1e3a5f); --event: light-dark(#fff, #1f2430); --command: light-dark(#fef3c7, #4a3a10); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2, h3 { line-height: 1.25; } h3 { margin: 0 0 .4rem; } h3 small, .note { color: var(--dim); font-weight: 400; }
a { color: var(--link); } section { margin: 2.5rem 0; }
figure { margin: 0; overflow-x: auto; } svg { display: block; width: 100%; height: auto; }
svg text { fill: CanvasText; font: 12px ui-monospace, monospace; } svg a:hover text { text-decoration: underline; }
svg rect { fill: var(--event); stroke: var(--line); } .service rect { fill: var(--service); } .command rect { fill: var(--command); }
.flow { fill: none; stroke: var(--line); } .flow.command { stroke-dasharray: 4 3; } marker path { fill: var(--line); }
article { padding: 1rem 0; border-top: 1px solid var(--soft); overflow-wrap: anywhere; } article p { margin: 0 0 .6rem; }
article:target { box-shadow: -1rem 0 0 -.7rem var(--link); }
dl { display: grid; grid-template-columns: 9rem 1fr; gap: .2rem 1rem; margin: 0; } dt { color: var(--dim); } dd { margin: 0; }
ul { margin: 0; padding: 0; list-style: none; } .row { display: flex; flex-wrap: wrap; gap: 0 .9rem; }
code, pre { font: .9em/1.5 ui-monospace, monospace; background: var(--code); border-radius: 4px; } code { padding: .1em .3em; }
pre { overflow-x: auto; overflow-wrap: normal; padding: .8rem; } details { margin-top: .6rem; } summary { cursor: pointer; }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .4rem; } }
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
<p class="note">Written by <code>concord docs</code> from the contracts. Commands are dashed.</p>
<section>
<h2>Who publishes what to whom</h2>
<figure tabindex="0">
${drawFlowGraph(system)}
</figure>
</section>
<section>
<h2>Services</h2>
${system.services.map((service) => serviceSection(system, service)).join("\n")}
</section>
<section>
<h2>Events and commands</h2>
${system.events.map((contract) => eventSection(system, contract)).join("\n")}
</section>
</body>
</html>
`;
}

function serviceSection(system: SystemContracts, service: ServiceContract): string {
  const links = (contracts: readonly EventContract[]) => row(contracts.map(linkTo));
  const { name } = service;
  return `<article id="service-${name}">
<h3>${name}</h3>
<p>${escapeHtml(commentOf(service.schema))}</p>
${facts({
  "Publishes, sends": links(system.publishedBy(service)),
  Handles: links(system.handledBy(service)),
  Calls: row(service.calls.map((called) => callTo(system, called))),
  Reference: `<a href="${name}.asyncapi.json">AsyncAPI</a>`,
})}
</article>`;
}

/** A protobuf service by the service of the system that it is of, where that is known. */
function callTo(system: SystemContracts, called: string): string {
  const callee = system.services.find(({ schema }) => schema.typeName === called);
  return callee ? `<a href="#service-${callee.name}">${callee.name}</a>` : called;
}

function linkTo({ type }: EventContract): string {
  return `<a href="#${type}">${nameOf(type)}</a>`;
}

function eventSection(system: SystemContracts, contract: EventContract): string {
  const { type, kind, owner, schema, tree, stream, subjectType, partitions, deprecation } = contract;
  const { retentionMs } = streamContract(schema.file);
  const { key, idempotency } = system.set.events.get(type)!.options;
  const consumers = system.consumersOf(type).map((consumer) => describeConsumer(consumer, type));
  return `<article id="${type}">
<h3><small>${type.slice(0, -nameOf(type).length)}<wbr></small>${nameOf(type)}</h3>
<p>${escapeHtml(commentOf(schema))}</p>
${facts({
  [kind === "command" ? "Sent to" : "Published by"]: `<a href="#service-${owner}">${owner}</a>`,
  Consumers: consumers.length > 0 ? list(consumers) : "nobody",
  Key: key === "" ? "none, so no order" : `<code>${key}</code>`,
  Operation: idempotency.length === 0 ? "each event is its own" : codes(idempotency),
  Stream: `${tree}-${stream}, ${partitions} partitions, kept ${retentionMs / 86_400_000} days`,
  Subject: `<code>${tree}.${stream}.*.*.${subjectType}</code>`,
  ...(deprecation && { Deprecated: escapeHtml(`since ${deprecation.since}: ${deprecation.note}`) }),
})}
<details><summary>Contract and example</summary>
<pre>${escapeHtml(printMessage(schema))}</pre>
<pre class="example">${escapeHtml(JSON.stringify(exampleOf(schema), undefined, 2))}</pre>
</details>
</article>`;
}

function describeConsumer({ name, consumes }: ServiceContract, type: string): string {
  const fields = consumes.find(({ event }) => event === type)?.fields ?? [];
  const link = `<a href="#service-${name}">${name}</a>`;
  return fields.length === 0 ? `${link}, which may read all of it` : `${link}, which reads ${codes(fields)}`;
}

function facts(values: Readonly<Record<string, string>>): string {
  const rows = Object.entries(values).map(([name, value]) => `<dt>${name}</dt><dd>${value}</dd>`);
  return `<dl>${rows.join("")}</dl>`;
}

function list(items: readonly string[]): string {
  return `<ul>${items.map((item) => `<li>${item}</li>`).join("")}</ul>`;
}

function row(items: readonly string[]): string {
  return items.length === 0 ? "nothing" : list(items).replace("<ul>", '<ul class="row">');
}

function codes(names: readonly string[]): string {
  return names.map((name) => `<code>${name}</code>`).join(", ");
}

function nameOf(type: string): string {
  return type.slice(type.lastIndexOf(".") + 1);
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
