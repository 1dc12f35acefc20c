import type { SystemContracts } from "../system/system-contracts.ts";

const rowHeight = 30;
const columns = { from: 150, left: 320, right: 700, to: 870 } as const;
const width = 1020;

/** An arrow of the graph: one event on its way from one service to another. */
interface Flow {
  readonly type: string;
  readonly isCommand: boolean;
  readonly senders: readonly string[];
  readonly consumers: readonly string[];
}

/** Draws who publishes what to whom as SVG: services that send on the left, events, services that handle on the right. */
export function drawFlowGraph(system: SystemContracts): string {
  const flows = system.events.map(({ type, kind }): Flow => {
    const senders = system.services.filter((service) => system.publishedBy(service).some((each) => each.type === type));
    const consumers = system.consumersOf(type).map(({ name }) => name);
    return { type, isCommand: kind === "command", senders: senders.map(({ name }) => name), consumers };
  });
  const height = Math.max(flows.length, system.services.length) * rowHeight + 20;
  const eventRows = new Map(flows.map(({ type }, index) => [type, middleOf(index)]));
  const spread = height / Math.max(1, system.services.length);
  const serviceRows = new Map(system.services.map(({ name }, index) => [name, (index + 0.5) * spread]));
  const lines = flows.flatMap(({ type, senders, consumers, isCommand }) => {
    const y = eventRows.get(type)!;
    const style = isCommand ? "flow command" : "flow";
    return [
      ...senders.map((name) => curve(columns.from, serviceRows.get(name)!, columns.left, y, style)),
      ...consumers.map((name) => curve(columns.right, y, columns.to, serviceRows.get(name)!, style)),
    ];
  });
  return [
    `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Who publishes what to whom">`,
    ...lines,
    ...flows.map(({ type, isCommand }) => eventBox(type, eventRows.get(type)!, isCommand)),
    ...[...serviceRows].flatMap(([name, y]) => [serviceBox(name, 10, y), serviceBox(name, columns.to, y)]),
    "</svg>",
  ].join("\n");
}

function middleOf(row: number): number {
  return row * rowHeight + rowHeight / 2 + 10;
}

function curve(fromX: number, fromY: number, toX: number, toY: number, style: string): string {
  const middle = (fromX + toX) / 2;
  const path = `M${fromX} ${round(fromY)} C${middle} ${round(fromY)} ${middle} ${round(toY)} ${toX} ${round(toY)}`;
  return `<path class="${style}" d="${path}"/>`;
}

function eventBox(type: string, y: number, isCommand: boolean): string {
  const name = type.slice(type.lastIndexOf(".") + 1);
  return box(columns.left, y, columns.right - columns.left, isCommand ? "event command" : "event", name, `#${type}`);
}

function serviceBox(name: string, x: number, y: number): string {
  return box(x, y, columns.from - 10, "service", name, `#service-${name}`);
}

function box(x: number, y: number, boxWidth: number, style: string, text: string, link: string): string {
  const rectangle = `<rect x="${x}" y="${round(y - 11)}" width="${boxWidth}" height="22" rx="5"/>`;
  const label = `<text x="${x + boxWidth / 2}" y="${round(y + 4)}" text-anchor="middle">${text}</text>`;
  return `<a href="${link}" class="${style}">${rectangle}${label}</a>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
