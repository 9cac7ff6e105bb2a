// Calls operations by the AWS SDK for JavaScript and prints what it makes of
// the answers. Standard input is a list of {Service, Operation, Input, URL};
// standard output has a line for each: {Output}, {Error} or {Unknown: true}.
import * as iam from "@aws-sdk/client-iam";
import * as sts from "@aws-sdk/client-sts";
import { readFileSync } from "node:fs";

const modules = { iam: [iam, iam.IAMClient], sts: [sts, sts.STSClient] };
const credentials = { accessKeyId: "AKIAEXAMPLEEXAMPLE00", secretAccessKey: "of no account" };

for (const { Service, Operation, Input, URL } of JSON.parse(readFileSync(0, "utf8"))) {
  console.log(JSON.stringify(await call(Service, Operation, Input, URL)));
}

async function call(service, operation, input, endpoint) {
  const [module, Client] = modules[service];
  const Command = module[operation + "Command"];
  if (!Command) {
    return { Unknown: true };
  }
  const client = new Client({ endpoint, region: "us-east-1", credentials, maxAttempts: 1 });
  try {
    const { $metadata, ...output } = await client.send(new Command(input));
    return { Output: typed(output) };
  } catch (e) {
    return { Error: String(e.stack) };
  } finally {
    client.destroy();
  }
}

// typed writes times as {time: …} and bytes as {blob: …}; undefined members are
// absent ones.
function typed(v) {
  if (v instanceof Date) {
    return { time: v.toISOString().replace(".000Z", "Z") };
  }
  if (v instanceof Uint8Array) {
    return { blob: Buffer.from(v).toString("base64") };
  }
  if (Array.isArray(v)) {
    return v.map(typed);
  }
  if (v !== null && typeof v === "object") {
    return Object.fromEntries(Object.entries(v).filter(([, e]) => e !== undefined).map(([k, e]) => [k, typed(e)]));
  }
  return v;
}
