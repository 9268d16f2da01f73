/** Does work with the same name one piece after the other, and with different names at once. A piece that fails stops none. */
export function inTurn(): <Outcome>(name: string, work: () => Promise<Outcome>) => Promise<Outcome> {
  const last = new Map<string, Promise<unknown>>();
  return (name, work) => {
    const turn = (last.get(name) ?? Promise.resolve()).then(work, work);
    last.set(name, turn);
    const ended = () => {
      if (last.get(name) === turn) last.delete(name);
    };
    turn.then(ended, ended);
    return turn;
  };
}
