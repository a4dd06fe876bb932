/** What a viewer's socket remembers of itself; survives hibernation as the socket's attachment (at most 16 KB). */
export interface Viewer {
  readonly project: string;
  readonly name: string;
  readonly subscriptions: readonly Subscription[];
}

export interface Subscription {
  readonly id: string;
  readonly selectors: readonly string[];
}

/** A viewer's WebSocket as the core sees it. */
export interface ViewerSocket {
  /** Throws when the socket is gone. */
  send(text: string): void;
  close(code: number, reason: string): void;
  viewer(): Viewer | null;
  /** Throws when the viewer does not fit an attachment. */
  remember(viewer: Viewer): void;
}
