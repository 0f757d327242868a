/** The connections to one upstream, whatever they speak; they outlive a reload. */
export interface Connections {
  /** How many exchanges are under way, or wait for a connection. */
  readonly busy: number
  readonly size: { readonly open: number; readonly idle: number; readonly waiting: number }
  /** Whether a connection can be opened now; it is closed again at once. */
  reachable(limit: number): Promise<boolean>
  /** Ends what is idle; connections under way end with their exchanges. */
  dispose(): void
}
