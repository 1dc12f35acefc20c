import { EchoService, type Plan } from "@concord/gen/concord/conformance/v1/fixture_rpc_pb.js";
import { type RpcRoute, rpcRoute } from "@concord/sdk/rpc";
import type { HandlerContext } from "@connectrpc/connect";
import type { SendReport } from "../protocol/send-report.ts";
import { endAnswer, prepareAnswer } from "./play-plan.ts";
import { fromHttpHeaders } from "./rpc-headers.ts";

/** What the service of the suite needs. */
export interface EchoParts {
  readonly report: SendReport;
  /** Makes the call of a plan; gives the text of its answer. */
  readonly callOn: (call: NonNullable<Plan["call"]>) => Promise<string>;
}

/** The suite's service, which does what the plan of each request says and reports each call. */
export function createEchoRoute({ report, callOn }: EchoParts): RpcRoute {
  let created = 0;
  const answer = async <Answer>(
    context: HandlerContext,
    plan: Plan | undefined,
    make: (text: string | undefined) => Answer,
  ): Promise<Answer> => {
    const text = await prepareAnswer(plan, context, callOn);
    await endAnswer(plan, context);
    return make(text);
  };
  const echo = (request: Echoed, context: HandlerContext) =>
    watch(report, context, () =>
      answer(context, request.plan, (text) => ({
        text: text ?? request.text,
        number: request.number,
        payload: request.plan?.payloadBytes ? new Uint8Array(request.plan.payloadBytes) : request.payload,
      })),
    );
  return rpcRoute(EchoService, {
    say: echo,
    look: echo,
    createEcho: ({ text, plan }, context) =>
      watch(report, context, () => {
        const run = ++created;
        return answer(context, plan, () => ({ text, run }));
      }),
    check: ({ name }, context) => watch(report, context, async () => ({ name })),
    count: ({ count, plan }, context) =>
      watchAll(report, context, async function* () {
        await prepareAnswer(plan, context, callOn);
        for (let number = 1; number <= count; number++) yield { number };
        await endAnswer(plan, context);
      }),
    sum: (requests, context) =>
      watch(report, context, async () => {
        let [sum, count] = [0, 0];
        let plan: Plan | undefined;
        for await (const request of requests) {
          plan ??= request.plan;
          sum += request.number;
          count++;
        }
        return answer(context, plan, () => ({ sum, count }));
      }),
    chat: (requests, context) =>
      watchAll(report, context, async function* () {
        let plan: Plan | undefined;
        for await (const request of requests) {
          if (!plan && request.plan) {
            plan = request.plan;
            await prepareAnswer(plan, context, callOn);
          }
          yield { text: request.text };
        }
        await endAnswer(plan, context);
      }),
  });
}

interface Echoed {
  readonly text: string;
  readonly number: bigint;
  readonly payload: Uint8Array;
  readonly plan?: Plan | undefined;
}

async function watch<Answer>(report: SendReport, context: HandlerContext, run: () => Promise<Answer>): Promise<Answer> {
  const end = begin(report, context);
  try {
    const answer = await run();
    end("ok");
    return answer;
  } catch (error) {
    end(context.signal.aborted ? "aborted" : "failed");
    throw error;
  }
}

async function* watchAll<Answer>(
  report: SendReport,
  context: HandlerContext,
  run: () => AsyncGenerator<Answer>,
): AsyncGenerator<Answer> {
  const end = begin(report, context);
  let outcome = "aborted";
  try {
    yield* run();
    outcome = "ok";
  } catch (error) {
    if (!context.signal.aborted) outcome = "failed";
    throw error;
  } finally {
    end(outcome);
  }
}

function begin(report: SendReport, { method, requestHeader, timeoutMs }: HandlerContext): (outcome: string) => void {
  const { name } = method;
  const left = timeoutMs();
  const headers = fromHttpHeaders(requestHeader);
  const stated = left === undefined ? {} : { timeoutMs: Math.max(0, Math.round(left)) };
  report({ kind: { case: "rpcStart", value: { method: name, headers, ...stated } } });
  return (outcome) => report({ kind: { case: "rpcEnd", value: { method: name, outcome } } });
}
