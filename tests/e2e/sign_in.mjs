// A sign-in over TLS by somebody else's code (oidc-provider, certified by the OpenID Foundation), at Microsoft's paths.
// node sign_in.mjs JOB: {modules, key, certificate, tenant, clients: [metadata], scopes}. It prints its port.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:https";
import path from "node:path";
import { pathToFileURL } from "node:url";

const job = JSON.parse(readFileSync(process.argv[2], "utf8"));
const require = createRequire(path.join(job.modules, "node_modules", "_"));
const { Provider } = await import(pathToFileURL(require.resolve("oidc-provider")).href);
const mount = `/${job.tenant}/v2.0`;

const server = createServer({ key: readFileSync(job.key), cert: readFileSync(job.certificate) });
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address();
  const provider = new Provider(`https://localhost:${port}${mount}`, {
    clients: job.clients,
    scopes: job.scopes,
    features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
  });
  const answer = provider.callback();
  server.on("request", (request, response) => {
    request.originalUrl = request.url;
    request.url = request.url.slice(mount.length) || "/";
    answer(request, response);
  });
  console.log(`port ${port}`);
});
