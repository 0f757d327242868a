/** Mistakes in what the config takes from the machine: secrets, services, certificates and addresses. */
export const surroundings = {
  E501: {
    title: "Secret or environment variable has no value",
    about:
      'The config asks for a variable with `env("NAME")`, and the environment has no such variable or it is empty. Starting without it would mean a password of nothing, so the config is refused. The values of secrets are never printed.',
    fix: "Set the variable before starting Bellhop, or add it to the .env file beside the config.",
    example: { bad: `bellhop start`, good: `API_TOKEN=… bellhop start` },
  },
  E502: {
    title: "Secret file cannot be read",
    about:
      'The config takes a secret from a file with `file("/run/secrets/x")`, and the file is missing or this user may not read it. Starting without the secret would leave something unprotected, so the config is refused.',
    fix: "Create the file, correct the path, or let the user that runs Bellhop read it.",
  },
  E503: {
    title: "Service has neither URL nor mock",
    about:
      "A service needs something that can answer: the URL of a real server, mocks that stand in for it, or both. This one has no URL, and its mode asks for one: real and fallback both call the real server first. All its routes could only fail.",
    fix: 'Give the service a `url`, or set `mock: "mock"` and add files under mocks/<service>/.',
    example: {
      bad: `user: { mock: "fallback" }`,
      good: `user: { url: "http://localhost:4002", mock: "fallback" }`,
    },
  },
  E504: {
    title: "Service is never used",
    about:
      "No route and no part of an aggregate names this service. That does no harm, so it is only a warning, but it is often the sign of a route that was forgotten or that calls another service by mistake.",
    fix: "Add a route that uses the service, or remove the service.",
  },
  E505: {
    title: "Secret command failed",
    about:
      'The config takes a secret from what a command prints, with `exec(["vault", "kv", "get", …])`, and the command cannot be run, took too long, ended with a failure or printed nothing. What it prints is never shown. The command is run without a shell, in the folder of the config.',
    fix: "Run the command yourself, as the user that runs Bellhop; give it longer with `timeout`.",
    example: {
      bad: `exec(["vault kv get -field=token secret/shop"])`,
      good: `exec(["vault", "kv", "get", "-field=token", "secret/shop"])`,
    },
  },
  E701: {
    title: "TLS certificate or key not usable",
    about:
      "The certificate or its private key cannot be read, is not in PEM form, or the two do not belong together. No client could connect to such a listener. The check happens before anything changes, so a running gateway keeps its old certificate.",
    fix: "Check both paths and that the key is the one the certificate was made for.",
    example: {
      bad: `tls: { cert: "./old.crt", key: "./new.key" }`,
      good: `tls: { cert: "./new.crt", key: "./new.key" }`,
    },
  },
  E702: {
    title: "Address to listen on is not valid",
    about:
      "The host, port or socket path in `listen` or `admin` is not an address that this machine can listen on. A port is a whole number from 0 to 65535, where 0 means any free one; a host is an address or a name of this machine.",
    fix: 'Write a port from 0 to 65535 and a host such as "127.0.0.1" or "0.0.0.0".',
    example: { bad: `listen: { port: 80800 }`, good: `listen: { port: 8080 }` },
  },
  E703: {
    title: "Store cannot be used",
    about:
      "What `store` names cannot hold the state of the gateway: this user may not write to the file, it is damaged, or it belongs to another program; or what is said about a server contradicts itself, such as a password in its URL and another one beside it. A gateway that cannot remember would carry out twice what must happen once, so the config is refused.",
    fix: "Let the user that runs Bellhop write there, move a damaged file away, or give another path.",
    example: {
      bad: `store: { sqlite: { path: "/root/store.sqlite" } }`,
      good: `store: { sqlite: { path: "/var/lib/bellhop/store.sqlite" } }`,
    },
  },
  E704: {
    title: "API keys are in a store that forgets them",
    about:
      "A route takes the API keys of the store, and the store is the memory of the gateway. `bellhop keys` is a process of its own and cannot put a key in there, so nobody could come in. That does no harm, so it is only a warning.",
    fix: 'Write `store: "sqlite"`, or put the hashes of keys into the config.',
    example: {
      bad: `"/pay/*": { service: "payment", auth: { apiKey: {} } }`,
      good: `store: "sqlite", routes: { "/pay/*": { service: "payment", auth: { apiKey: {} } } }`,
    },
  },
} as const
