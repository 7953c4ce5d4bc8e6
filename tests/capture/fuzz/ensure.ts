// What must hold of every input.
export const ensure = (holds: boolean, what: string): void => {
  if (!holds) throw new Error(what);
};
