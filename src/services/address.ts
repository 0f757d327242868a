import type { BaseUrl } from "./base-url.ts"
import { type Network, poolOptions } from "./network-options.ts"
import type { Address, TlsOptions } from "./transport/dial.ts"

/** Where the connections of a URL go; `name` is whom a certificate has to be for, where the URL does not say it. */
export function addressOf(
  { protocol, hostname, port, unix }: Pick<URL, "protocol" | "hostname" | "port"> & Partial<Pick<BaseUrl, "unix">>,
  name?: string,
  network: Network = {},
): Address {
  const secure = protocol === "https:"
  const bare = withoutBrackets(hostname)
  return {
    hostname: bare,
    port: port === "" ? (secure ? 443 : 80) : Number(port),
    unix,
    tls: secure ? tlsOf(network, name ?? bare) : undefined,
    connectTimeout: poolOptions(network).connectTimeout,
  }
}

function tlsOf({ tls }: Network, name: string): TlsOptions {
  const { ca, cert, key, serverName, insecure = false } = tls ?? {}
  return {
    serverName: serverName ?? name,
    insecure,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  }
}

/** The base URL of an address, or of a name, as it was told: it may not be one. */
export const urlOf = (scheme: string, address: string, port: number): string =>
  `${scheme}://${address.includes(":") ? `[${address}]` : address}:${port}`

/** What a Host header says of a name: the port only where it is not the usual one. */
export const hostOf = (scheme: string, name: string, port: number): string =>
  port === (scheme === "https" ? 443 : 80) ? name : `${name}:${port}`

/** The name or address of a URL; sockets want those of IPv6 without brackets. */
export const withoutBrackets = (hostname: string): string => hostname.replace(/^\[|\]$/g, "")
