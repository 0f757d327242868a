import type { ClientEnd, Tunnel, TunnelLimits } from "../../core/tunnel.ts"
import { FrameError } from "../../http/frame-parser.ts"
import { opcodes } from "../../http/frame.ts"
import type { Connection } from "../transport/connection.ts"
import { ServiceEnd, type ServiceEvents } from "./service-end.ts"
import { startListening, stopListening } from "./silence.ts"

// Below this, compressing costs more than it saves.
const worthCompressing = 1024

/** Carries messages between a client and a service, as fast as the slower of them takes them. */
export class Relay implements Tunnel, ServiceEvents {
  readonly service: string
  readonly idleTimeout: number
  /** When either end last said something, in milliseconds of the monotonic clock. */
  activeAt = performance.now()
  readonly #limits: TunnelLimits
  readonly #far: ServiceEnd
  #client: ClientEnd | undefined
  #joined = false
  /** Pings of the service that the client has not answered. */
  #pings = 0

  constructor(service: string, connection: Connection, limits: TunnelLimits) {
    this.service = service
    this.idleTimeout = limits.idleTimeout ?? Number.POSITIVE_INFINITY
    this.#limits = limits
    this.#far = new ServiceEnd(connection, this, limits.maxMessage)
  }

  join(client: ClientEnd): void {
    this.#client = client
    this.#joined = true
    startListening(this)
    this.#far.listen()
  }

  abandon(): void {
    if (!this.#joined) this.#far.terminate()
  }

  shut(code: number, reason: string): void {
    this.#far.close(code, reason)
    this.#closeClient(code, reason)
  }

  clientSaid(data: string | Uint8Array): void {
    this.activeAt = performance.now()
    const { maxMessage } = this.#limits
    const size = typeof data === "string" ? Buffer.byteLength(data) : data.byteLength
    if (size > maxMessage) return this.shut(1009, tooLarge(maxMessage))
    this.#toService(typeof data === "string" ? opcodes.text : opcodes.binary, data)
  }

  clientPinged(data: Uint8Array): void {
    this.activeAt = performance.now()
    this.#toService(opcodes.ping, data)
  }

  clientPonged(data: Uint8Array): void {
    // Whoever listens asks the client too, on its own account: the service knows nothing of that.
    if (this.#pings === 0) return
    this.#pings--
    this.#toService(opcodes.pong, data)
  }

  clientDrained(): void {
    this.#far.resume()
  }

  clientClosed(code: number, reason: string): void {
    this.#client = undefined
    stopListening(this)
    this.#far.close(code, reason)
  }

  together(run: () => void): void {
    if (this.#client) this.#client.cork(run)
    else run()
  }

  message(data: string | Uint8Array): void {
    this.activeAt = performance.now()
    const compress = this.#limits.compress && data.length >= worthCompressing
    if (this.#client?.send(data as string | Uint8Array<ArrayBuffer>, compress) === -1) this.#far.pause()
  }

  ping(data: Uint8Array): void {
    this.activeAt = performance.now()
    this.#pings++
    this.#client?.ping(data as Uint8Array<ArrayBuffer>)
  }

  // The client has its answer already, from whoever listens.
  pong(): void {}

  close(code: number, reason: string): void {
    this.#far.close(code, reason)
    this.#closeClient(code, reason)
  }

  drained(): void {
    this.#client?.resume()
  }

  failed(error: Error): void {
    const large = error instanceof FrameError && error.code === 1009
    const reason = large ? tooLarge(this.#limits.maxMessage) : "The service broke off."
    this.#closeClient(large ? 1009 : 1014, reason)
  }

  #toService(opcode: Parameters<ServiceEnd["send"]>[0], data: string | Uint8Array): void {
    if (!this.#far.send(opcode, data)) this.#client?.pause()
  }

  #closeClient(code: number, reason: string): void {
    const client = this.#client
    // First, because closing it calls back.
    this.#client = undefined
    stopListening(this)
    client?.close(code, reason)
  }
}

const tooLarge = (limit: number): string => `A message may have ${limit} bytes.`
