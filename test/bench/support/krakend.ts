import type { Setup } from "./peers.ts"

/** KrakenD, which answers at one path with what the upstream answers at several, by their names; the rest is a 404. */
export const krakend = (endpoint: string, parts: Readonly<Record<string, string>>): Setup => ({
  name: "krakend",
  file: "krakend.json",
  config: (port, upstream) =>
    JSON.stringify({
      $schema: "https://www.krakend.io/schema/krakend.json",
      version: 3,
      listen_ip: "127.0.0.1",
      port,
      timeout: "10s",
      max_idle_connections_per_host: 1000,
      extra_config: {
        router: { disable_access_log: true },
        "telemetry/logging": { level: "ERROR", stdout: true },
      },
      endpoints: [
        {
          endpoint,
          method: "GET",
          output_encoding: "json",
          // It passes none by itself.
          input_headers: ["*"],
          backend: Object.entries(parts).map(([group, path]) => ({
            host: [`http://127.0.0.1:${upstream}`],
            url_pattern: path,
            method: "GET",
            encoding: "json",
            group,
          })),
        },
      ],
    }),
  command: (file) => ["krakend", "run", "--config", file],
  env: { GOMAXPROCS: "1" },
})
