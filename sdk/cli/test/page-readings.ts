/** Places of a box, in the coordinates of the picture. */
export interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** A place in the coordinates of the picture. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The graph as the browser has laid it out. */
export interface Graph {
  readonly boxes: readonly {
    readonly text: string;
    readonly rect: Box;
    readonly label: Box;
    readonly inView: boolean;
  }[];
  /** Height of the labels' letters on the screen, in pixels. */
  readonly fontPixels: number;
  readonly arrows: readonly { readonly from: Point; readonly to: Point }[];
}

/** Whether a box lies in another one. */
export function isInside(inner: Box, outer: Box): boolean {
  return (
    inner.left >= outer.left && inner.right <= outer.right && inner.top >= outer.top && inner.bottom <= outer.bottom
  );
}

/** Whether two boxes share any place. */
export function meet(one: Box, other: Box): boolean {
  return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
}

/** Whether a height is that of a box. */
export function isBeside(y: number, { top, bottom }: Box): boolean {
  return y >= top && y <= bottom;
}

/** Reads the {@link Graph}. */
export const readGraph: string = `(() => {
  const box = ({ x, y, width, height }) => ({ left: x, right: x + width, top: y, bottom: y + height });
  const svg = document.querySelector("svg");
  const view = svg.viewBox.baseVal;
  const boxes = [...svg.querySelectorAll("a")].map((each) => {
    const rect = box(each.querySelector("rect").getBBox());
    const inView = rect.left >= 0 && rect.top >= 0 && rect.right <= view.width && rect.bottom <= view.height;
    return { text: each.textContent, rect, label: box(each.querySelector("text").getBBox()), inView };
  });
  const point = ({ x, y }) => ({ x, y });
  const arrows = [...svg.querySelectorAll("path.flow")].map((each) => ({
    from: point(each.getPointAtLength(0)), to: point(each.getPointAtLength(each.getTotalLength())),
  }));
  const scale = svg.getBoundingClientRect().width / view.width;
  const fontPixels = parseFloat(getComputedStyle(svg.querySelector("text")).fontSize) * scale;
  return { boxes, arrows, fontPixels };
})()`;

/** Reads which elements reach beyond the screen, but for those in a box that scrolls by itself. */
export const sticksOut: string = `[
  ...(document.documentElement.scrollWidth > innerWidth ? ["the page"] : []),
  ...[...document.body.querySelectorAll("*")]
    .filter((each) => !each.closest("figure, pre") && each.getBoundingClientRect().right > innerWidth + 1)
    .map((each) => each.outerHTML.slice(0, 80)),
]`;

/** Reads which texts have a colour whose contrast is below 4.5 to what is behind them. @see https://www.w3.org/TR/WCAG22/#contrast-minimum */
export const lowContrast: string = `(() => {
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const paint = (colour) => { pen.clearRect(0, 0, 1, 1); pen.fillStyle = colour; pen.fillRect(0, 0, 1, 1); return [...pen.getImageData(0, 0, 1, 1).data]; };
  const canvas = document.body.appendChild(Object.assign(document.createElement("i"), { style: "background: Canvas" }));
  const ground = getComputedStyle(canvas).backgroundColor;
  canvas.remove();
  const behind = (each) => {
    for (let at = each; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (paint(colour)[3] === 255) return colour;
    }
    return ground;
  };
  const light = (colour) => {
    const [r, g, b] = paint(colour).map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => (Math.max(light(one), light(other)) + 0.05) / (Math.min(light(one), light(other)) + 0.05);
  const texts = [...document.body.querySelectorAll("h1, h2, h3, small, p, dt, dd, a, code, pre, summary")].filter((each) => !each.closest("svg"));
  const labels = [...document.querySelectorAll("svg a")].map((each) => ({
    text: each.textContent, ratio: contrast(getComputedStyle(each.querySelector("text")).fill, getComputedStyle(each.querySelector("rect")).fill),
  }));
  return [...labels, ...texts.map((each) => ({ text: each.textContent, ratio: contrast(getComputedStyle(each).color, behind(each)) }))]
    .filter(({ ratio }) => ratio < 4.5);
})()`;

/** Reads what the page tells of one event. */
export function readArticle(type: string): string {
  return `(() => {
    const article = document.getElementById(${JSON.stringify(type)});
    article.querySelector("details").open = true;
    const facts = [...article.querySelectorAll("dt")].map((each) => [each.innerText, each.nextElementSibling.innerText]);
    const [heading, about] = ["h3", "p"].map((name) => article.querySelector(name).innerText);
    return { heading, about, ...Object.fromEntries(facts), example: JSON.parse(article.querySelector(".example").innerText) };
  })()`;
}
