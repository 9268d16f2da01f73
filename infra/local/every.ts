/**
 * Does something again and again, with a pause in ms in between: never twice at once, however long it takes. `work` must not
 * reject. `stop` answers when nothing runs any more.
 */
export function every(pause: number, work: () => Promise<void>): { stop(): Promise<void> } {
  let isStopped = false;
  let running: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout;
  const schedule = () => {
    timer = setTimeout(() => {
      running = work().then(() => {
        if (!isStopped) schedule();
      });
    }, pause);
  };
  schedule();
  return {
    stop: async () => {
      isStopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
