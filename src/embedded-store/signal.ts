/** Wakes those who wait for something to happen; each waiter is woken once. */
export class Signal {
  private waiting = new Set<() => void>();

  /** Resolves at the next `fire`, or when the returned `leave` is called. */
  wait(): { readonly fired: Promise<void>; readonly leave: () => void } {
    let wake: () => void = () => {};
    const fired = new Promise<void>((resolve) => {
      wake = resolve;
    });
    this.waiting.add(wake);
    return {
      fired,
      leave: () => {
        this.waiting.delete(wake);
        wake();
      },
    };
  }

  fire(): void {
    const woken = this.waiting;
    this.waiting = new Set();
    for (const wake of woken) wake();
  }
}
