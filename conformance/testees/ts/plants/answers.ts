import type { Answer, Asked, OpName, Ops } from "../ops/op.ts";
import type { Plant } from "./plant.ts";

/** Makes a fault that changes what one op answers. */
export function planted<Name extends OpName>(
  name: Name,
  change: (answer: Answer<Name>, asked: Asked<Name>) => Answer<Name>,
): Plant {
  return {
    ops: (ops) => {
      const run = ops[name] as (asked: Asked<Name>, testee: never) => Answer<Name> | Promise<Answer<Name>>;
      const changed = async (asked: Asked<Name>, testee: never) => change(await run(asked, testee), asked);
      return { ...ops, [name]: changed } as unknown as Ops;
    },
  };
}

/** Makes a fault that changes what one op is asked. */
export function asking<Name extends OpName>(name: Name, change: (asked: Asked<Name>) => Asked<Name>): Plant {
  return {
    ops: (ops) => {
      const run = ops[name] as (asked: Asked<Name>, testee: never) => unknown;
      return { ...ops, [name]: (asked: Asked<Name>, testee: never) => run(change(asked), testee) } as unknown as Ops;
    },
  };
}
