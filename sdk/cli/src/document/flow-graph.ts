import type { SystemContracts } from "../system/system-contracts.ts";

const rowHeight = 30;
const boxHeight = 22;
/** Width of a letter of the 12 px monospace font that the page gives labels, rounded up. */
const letterWidth = 7.4;
const boxPadding = 12;
/** Room between the columns, where the arrows are. */
const gap = 140;
const margin = 10;

/** One event or command on its way from services to services. */
interface Flow {
  readonly type: string;
  readonly name: string;
  readonly isCommand: boolean;
  readonly senders: readonly string[];
  readonly consumers: readonly string[];
  readonly y: number;
}

/** A column of boxes. */
interface Column {
  readonly left: number;
  readonly right: number;
}

/** Draws who publishes what to whom as SVG: services that send on the left, events, services that handle on the right. */
export function drawFlowGraph(system: SystemContracts): string {
  const flows = readFlows(system);
  const names = system.services.map(({ name }) => name);
  const senders = placeServices(names, flows, (flow) => flow.senders);
  const consumers = placeServices(names, flows, (flow) => flow.consumers);
  const [left, middle, right] = placeColumns(
    names,
    flows.map(({ name }) => name),
  );
  const lastRow = Math.max(0, ...flows.map(({ y }) => y), ...senders.values(), ...consumers.values());
  const lines = flows.flatMap(({ isCommand, y, ...flow }) => [
    ...flow.senders.map((name) => curve(left.right, senders.get(name)!, middle.left, y, isCommand)),
    ...flow.consumers.map((name) => curve(middle.right, y, right.left, consumers.get(name)!, isCommand)),
  ]);
  const [width, height] = [right.right + margin, round(lastRow + rowHeight)];
  // Not narrower than it is drawn, or labels would be too small to read: the page lets it scroll.
  const size = `viewBox="0 0 ${width} ${height}" style="min-width: ${width}px"`;
  return [
    `<svg ${size} role="img" aria-label="Who publishes what to whom">`,
    arrowHead,
    ...lines,
    ...flows.map(({ type, name, isCommand, y }) =>
      box(middle, y, name, { style: isCommand ? "event command" : "event", link: `#${type}` }),
    ),
    ...[...senders].map(([name, y]) => box(left, y, name, { style: "service", link: `#service-${name}` })),
    ...[...consumers].map(([name, y]) => box(right, y, name, { style: "service", link: `#service-${name}` })),
    "</svg>",
  ].join("\n");
}

const arrowHead =
  '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>';

function readFlows(system: SystemContracts): Flow[] {
  return system.events.map(({ type, kind }, row) => ({
    type,
    name: type.slice(type.lastIndexOf(".") + 1),
    isCommand: kind === "command",
    senders: system.services
      .filter((service) => system.publishedBy(service).some((each) => each.type === type))
      .map(({ name }) => name),
    consumers: system.consumersOf(type).map(({ name }) => name),
    y: row * rowHeight + rowHeight,
  }));
}

/** Puts each service of one side beside the middle of its events, so that few arrows cross, and none upon another. */
function placeServices(
  services: readonly string[],
  flows: readonly Flow[],
  ofSide: (flow: Flow) => readonly string[],
): ReadonlyMap<string, number> {
  const wanted = services
    .map((name) => ({ name, rows: flows.filter((flow) => ofSide(flow).includes(name)).map(({ y }) => y) }))
    .filter(({ rows }) => rows.length > 0)
    .map(({ name, rows }) => ({ name, y: rows.reduce((sum, y) => sum + y, 0) / rows.length }))
    .sort((one, other) => one.y - other.y);
  let free = rowHeight;
  return new Map(
    wanted.map(({ name, y }) => {
      const place = Math.max(y, free);
      free = place + rowHeight;
      return [name, place];
    }),
  );
}

function placeColumns(services: readonly string[], events: readonly string[]): [Column, Column, Column] {
  const [serviceWidth, eventWidth] = [boxWidth(services), boxWidth(events)];
  const left = { left: margin, right: margin + serviceWidth };
  const middle = { left: left.right + gap, right: left.right + gap + eventWidth };
  return [left, middle, { left: middle.right + gap, right: middle.right + gap + serviceWidth }];
}

/** As wide as the longest name needs, in whole pixels. */
function boxWidth(names: readonly string[]): number {
  return Math.ceil(Math.max(10, ...names.map(({ length }) => length)) * letterWidth) + 2 * boxPadding;
}

function curve(fromX: number, fromY: number, toX: number, toY: number, isCommand: boolean): string {
  const middle = (fromX + toX) / 2;
  const path = `M${fromX} ${round(fromY)} C${middle} ${round(fromY)} ${middle} ${round(toY)} ${toX} ${round(toY)}`;
  return `<path class="${isCommand ? "flow command" : "flow"}" marker-end="url(#arrow)" d="${path}"/>`;
}

function box(
  { left, right }: Column,
  y: number,
  text: string,
  { style, link }: { readonly style: string; readonly link: string },
): string {
  const corner = `x="${left}" y="${round(y - boxHeight / 2)}"`;
  const rectangle = `<rect ${corner} width="${right - left}" height="${boxHeight}" rx="5"/>`;
  const label = `<text x="${(left + right) / 2}" y="${round(y + 4)}" text-anchor="middle">${text}</text>`;
  return `<a href="${link}" class="${style}">${rectangle}${label}</a>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
