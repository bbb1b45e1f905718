/** One line on a terminal that tells how far a long work is; silent where nobody looks. */
export function lineProgress(what: string): { show(count: number): void; end(): void } {
  const isShown = process.stderr.isTTY;
  let shownAt = 0;
  return {
    show(count) {
      if (!isShown || Date.now() - shownAt < 100) return;
      shownAt = Date.now();
      process.stderr.write(`\r${count} ${what}\u001b[K`);
    },
    end() {
      if (isShown && shownAt > 0) process.stderr.write('\r\u001b[K');
    },
  };
}
