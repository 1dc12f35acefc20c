import type { CommandRun } from "../command-context.ts";
import { exitCodes } from "../command-error.ts";
import { readProfile } from "../system/profile.ts";
import { readSystem } from "../system/system-contracts.ts";
import { type NatsPermissions, servicePermissions } from "./service-permissions.ts";

/** Writes the permissions of one service or of all, as nats-server's configuration or as JSON. */
export const run: CommandRun = async ({ arguments: [name], options }, context) => {
  const { namespace } = await readProfile(options, context);
  const system = await readSystem(context);
  const services = name === undefined ? system.services : [system.service(name)];
  const users = services.map((service) => ({
    service: service.name,
    permissions: servicePermissions(system, service, namespace),
  }));
  context.write(
    options.format === "json" ? `${JSON.stringify({ users }, undefined, 2)}\n` : users.map(toUser).join(""),
  );
  return exitCodes.fine;
};

/** One entry of `users: […]` in nats-server's configuration; the password is read from the server's environment. */
function toUser({ service, permissions }: { readonly service: string; readonly permissions: NatsPermissions }): string {
  const variable = `${service.toUpperCase().replaceAll("-", "_")}_NATS_PASSWORD`;
  return `{
  user: "${service}"
  password: $${variable}
  permissions: {
    publish: {
      allow: ${toList(permissions.publish.allow)}
      deny: ${toList(permissions.publish.deny)}
    }
    subscribe: { allow: ${toList(permissions.subscribe.allow)} }
    allow_responses: { max: 65536, expires: "5m" }
  }
}
`;
}

function toList(subjects: readonly string[]): string {
  return subjects.length === 0
    ? "[]"
    : `[\n${[...new Set(subjects)].map((each) => `        "${each}"\n`).join("")}      ]`;
}
