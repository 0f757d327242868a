import type { Exchange, Outcome } from "../../core/exchange.ts"

/** What is known of the exchange that a connection is busy with, until it is told. */
export class Account {
  #exchange: Exchange | undefined
  #status = 0
  #answeredAt = 0
  #outcome: Outcome | undefined
  /** Bytes of the bodies that came and went. */
  received = 0
  sent = 0

  /** The connection is busy with this one. */
  begin(exchange: Exchange): void {
    this.#exchange = exchange
    this.#outcome = undefined
    this.sent = 0
  }

  /** Its answer begins. */
  answers(status: number): void {
    this.#status = status
    this.#answeredAt = performance.now()
  }

  /** Nothing more of the answer comes; it is told as soon as the client has taken what there is. */
  close(outcome: Outcome): void {
    this.#outcome ??= outcome
  }

  /** Tells how it went, if its answer has ended. */
  tell(): void {
    const exchange = this.#exchange
    if (!exchange || this.#outcome === undefined) return
    this.#exchange = undefined
    exchange.ending?.ended(exchange, this.#status, this.#answeredAt, this.received, this.sent, this.#outcome)
  }

  /** It is over, whatever the client has taken. */
  end(outcome: Outcome): void {
    this.#outcome = outcome
    this.tell()
  }

  /** Somebody else tells. */
  forget(): void {
    this.#exchange = undefined
  }
}
