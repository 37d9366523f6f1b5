// Undo and redo of commands. A command is {title, changes: [{key, before, after}]}. DOM-free.

export class History {
  #undo = [];
  #redo = [];

  constructor(limit = 200) {
    this.limit = limit;
  }

  /** merge: commands that follow each other with the same merge word become one step (nudges, typing). */
  push(command, { merge = "" } = {}) {
    this.#redo = [];
    const last = this.#undo[this.#undo.length - 1];
    if (merge && last && last.merge === merge) {
      last.changes = command.changes.map((change) => {
        const earlier = last.changes.find((other) => other.key === change.key);
        return earlier ? { ...change, before: earlier.before } : change;
      });
      return;
    }
    this.#undo.push({ ...command, merge });
    if (this.#undo.length > this.limit) this.#undo.shift();
  }

  /** The next command of the same merge word starts a step of its own. */
  seal() {
    const last = this.#undo[this.#undo.length - 1];
    if (last) last.merge = "";
  }

  /** The changes to make to take the last step back, newest first; null when there is none. */
  undo() {
    const command = this.#undo.pop();
    if (!command) return null;
    command.merge = "";
    this.#redo.push(command);
    const changes = command.changes.map(({ key, before, after }) => ({ key, before: after, after: before }));
    return { title: command.title, changes: changes.reverse() };
  }

  redo() {
    const command = this.#redo.pop();
    if (!command) return null;
    this.#undo.push(command);
    return { title: command.title, changes: command.changes };
  }

  /** Forgets every step that touches this key: what is there now came from elsewhere. */
  forget(key) {
    const other = (command) => !command.changes.some((change) => change.key === key);
    this.#undo = this.#undo.filter(other);
    this.#redo = this.#redo.filter(other);
  }

  get undoTitle() {
    return this.#undo.length ? this.#undo[this.#undo.length - 1].title : "";
  }

  get redoTitle() {
    return this.#redo.length ? this.#redo[this.#redo.length - 1].title : "";
  }
}
