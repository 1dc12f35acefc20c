import { styleText } from "node:util";

/** Colours of the text that people read. */
export type Paint = (style: Parameters<typeof styleText>[0], text: string) => string;

/** Makes what colours text for a terminal, and leaves it as it is for everything else. */
export function createPaint(isTerminal: boolean | undefined): Paint {
  return (style, text) => (isTerminal ? styleText(style, text, { validateStream: false }) : text);
}
