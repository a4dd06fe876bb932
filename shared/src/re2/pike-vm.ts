/**
 * Pike's virtual machine (Cox, "Regular Expression Matching: the Virtual Machine Approach", 2009) over the program that re2js
 * compiles an expression to: it is at many places of the expression at once, so that time is linear in text and expression.
 * The library's own takes a text in one go and copies every group for every place, 8 s and 600 MB for a kilobyte; here work
 * is counted where it is done, others go first in between, and only the groups that somebody wants are followed.
 */
import type { RE2JS } from "re2js";
import type { Pace, Stepwise } from "../promql/evaluation/pace.ts";

/** What an instruction does, as re2js 2.10 numbers it. */
const ALTERNATIVE = 1;
const ALTERNATIVE_OR_MATCH = 2;
const CAPTURE = 3;
const EMPTY_WIDTH = 4;
const FAIL = 5;
const MATCH = 6;
const NOTHING = 7;
const RUNE_ONE = 9;
const RUNE_ANY = 10;
const RUNE_ANY_BUT_NEWLINE = 11;

/** What an empty part of an expression may ask of the place between two characters. */
const BEGIN_LINE = 1;
const END_LINE = 2;
const BEGIN_TEXT = 4;
const END_TEXT = 8;
const WORD_BOUNDARY = 16;
const NO_WORD_BOUNDARY = 32;
const NEWLINE = 10;

/** To come to an instruction, to take one end of a group along, and to begin, for each instruction that there is, ns. */
export const PLACE_NS = 10;
const SLOT_NS = 0.3;
const BEGIN_NS = 1;
/** Ends of groups that are kept at a time at most, where all instructions wait: 16 MB twice. */
const MAX_SLOTS = 4_000_000;

interface Instruction {
  readonly op: number;
  readonly out: number;
  readonly arg: number;
  readonly runes: ArrayLike<number>;
  matchRune(rune: number): boolean;
}

/** Instructions that wait for a character, the preferred first, and for each where the wanted groups began and ended. */
class Threads {
  readonly pcs: Int32Array;
  slots = new Int32Array(0);
  count = 0;

  constructor(instructions: number) {
    this.pcs = new Int32Array(instructions);
  }

  add(pc: number, slots: Int32Array, offset: number, width: number): void {
    const to = this.count * width;
    this.pcs[this.count++] = pc;
    if (to + width > this.slots.length) {
      const grown = new Int32Array(Math.min(this.pcs.length * width, 2 * (to + width)));
      grown.set(this.slots);
      this.slots = grown;
    }
    for (let i = 0; i < width; i++) this.slots[to + i] = slots[offset + i] as number;
  }
}

/** An expression's program. */
export class PikeVm {
  readonly #instructions: readonly Instruction[];
  readonly #op: Uint8Array;
  readonly #out: Int32Array;
  readonly #arg: Int32Array;
  readonly #start: number;
  readonly #ends: number;
  /** It matches from the beginning of a text or nowhere. */
  readonly #beginsText: boolean;

  constructor(re: RE2JS) {
    const { prog, cond } = re.re2();
    const instructions: readonly Instruction[] = prog.inst;
    this.#instructions = instructions;
    this.#op = Uint8Array.from(instructions, ({ op }) => op);
    this.#out = Int32Array.from(instructions, ({ out }) => out);
    this.#arg = Int32Array.from(instructions, ({ op, arg, runes }) => (op === RUNE_ONE ? (runes[0] as number) : arg));
    this.#start = prog.start;
    this.#ends = prog.numCap;
    this.#beginsText = (cond & BEGIN_TEXT) !== 0;
  }

  /** What is wrong with following so many groups; undefined within the limit. */
  refusal(groups: number): string | undefined {
    if (2 * groups * this.#op.length <= MAX_SLOTS) return undefined;
    return `${groups} groups would be followed through ${this.#op.length} instructions: twice their product may be ${MAX_SLOTS}, the limit maxGroupPlaces; name fewer groups, or use a shorter expression`;
  }

  /**
   * The first match from a place on, of several the one Perl would find: where each of `groups` begins and ends, two offsets
   * for each, -1 where it has no part in it; group 0 is the match. Null where there is none. A group may be asked for once.
   */
  *search(text: string, from: number, groups: readonly number[], pace: Pace): Stepwise<Int32Array | null> {
    if (pace.spend(PLACE_NS * 100 + this.#op.length * BEGIN_NS)) yield;
    const search = new Search(this.#op, this.#out, this.#arg, groups, this.#ends);
    const { slotOf, width } = search;
    const instructions = this.#instructions;
    const op = this.#op;
    const out = this.#out;
    const arg = this.#arg;
    const unset = new Int32Array(width);
    let now = new Threads(op.length);
    let next = new Threads(op.length);
    let found: Int32Array | null = null;
    let condition = conditionAt(text, from);
    for (let at = from; ;) {
      if (found === null && (at === 0 || !this.#beginsText)) {
        unset.fill(-1);
        if (slotOf[0] !== -1) unset[slotOf[0] as number] = at;
        search.follow(now, this.#start, at, condition, unset, 0);
      }
      if (now.count === 0 && (found !== null || this.#beginsText)) return found;
      const rune = text.codePointAt(at) ?? -1;
      const end = at + (rune > 0xffff ? 2 : 1);
      condition = conditionAt(text, end);
      search.generation++;
      next.count = 0;
      for (let i = 0; i < now.count; i++) {
        const pc = now.pcs[i] as number;
        const does = op[pc] as number;
        if (does === MATCH) {
          found = now.slots.slice(i * width, (i + 1) * width);
          if (slotOf[1] !== -1) found[slotOf[1] as number] = at;
          if (width === 0) return found;
          // Those behind it are not preferred.
          break;
        }
        if (rune === -1) continue;
        const goesOn =
          does === RUNE_ONE
            ? rune === arg[pc]
            : does === RUNE_ANY || (does === RUNE_ANY_BUT_NEWLINE ? rune !== NEWLINE : (instructions[pc] as Instruction).matchRune(rune));
        if (goesOn) search.follow(next, out[pc] as number, end, condition, now.slots, i * width);
      }
      if (rune === -1) return found;
      [now, next] = [next, now];
      at = end;
      if (pace.spend((search.visited + now.count) * (PLACE_NS + width * SLOT_NS))) yield;
      search.visited = 0;
    }
  }
}

/** What is open while one text is searched. */
class Search {
  visited = 0;
  generation = 1;
  /** Two for each group that is wanted. */
  readonly width: number;
  /** Where the end of a group is kept; -1 for those that nobody wants. */
  readonly slotOf: Int32Array;
  readonly #op: Uint8Array;
  readonly #out: Int32Array;
  readonly #arg: Int32Array;
  /** The generation in which an instruction was come to. */
  readonly #marks: Int32Array;
  /** Alternatives that are not followed yet, and, with a negative slot on top, what was in the slot before. */
  readonly #stack: Int32Array;

  constructor(op: Uint8Array, out: Int32Array, arg: Int32Array, groups: readonly number[], ends: number) {
    this.#op = op;
    this.#out = out;
    this.#arg = arg;
    this.#marks = new Int32Array(op.length);
    this.#stack = new Int32Array(2 * op.length + 2);
    this.width = 2 * groups.length;
    this.slotOf = new Int32Array(ends).fill(-1);
    for (const [i, group] of groups.entries()) {
      this.slotOf[2 * group] = 2 * i;
      this.slotOf[2 * group + 1] = 2 * i + 1;
    }
  }

  /** Adds what can be come to from an instruction without reading on. `slots` is as before afterwards. */
  follow(threads: Threads, first: number, at: number, condition: number, slots: Int32Array, offset: number): void {
    const marks = this.#marks;
    const stack = this.#stack;
    const generation = this.generation;
    let depth = 0;
    let pc = first;
    let visited = 0;
    for (;;) {
      while (marks[pc] !== generation) {
        marks[pc] = generation;
        visited++;
        const does = this.#op[pc] as number;
        if (does === ALTERNATIVE || does === ALTERNATIVE_OR_MATCH) stack[depth++] = this.#arg[pc] as number;
        else if (does === CAPTURE) {
          const slot = this.slotOf[this.#arg[pc] as number] as number;
          if (slot !== -1) {
            stack[depth++] = slots[offset + slot] as number;
            stack[depth++] = -1 - slot;
            slots[offset + slot] = at;
          }
        } else if (does === EMPTY_WIDTH) {
          if (((this.#arg[pc] as number) & ~condition) !== 0) break;
        } else if (does !== NOTHING) {
          if (does !== FAIL) threads.add(pc, slots, offset, this.width);
          break;
        }
        pc = this.#out[pc] as number;
      }
      for (pc = -1; depth > 0;) {
        pc = stack[--depth] as number;
        if (pc >= 0) break;
        slots[offset - 1 - pc] = stack[--depth] as number;
      }
      if (pc < 0) break;
    }
    this.visited += visited;
  }
}

/** What holds between two characters. */
function conditionAt(text: string, at: number): number {
  const before = at > 0 ? text.charCodeAt(at - 1) : -1;
  const after = at < text.length ? text.charCodeAt(at) : -1;
  let condition = isWord(before) === isWord(after) ? NO_WORD_BOUNDARY : WORD_BOUNDARY;
  if (before === -1) condition |= BEGIN_TEXT | BEGIN_LINE;
  if (before === NEWLINE) condition |= BEGIN_LINE;
  if (after === -1) condition |= END_TEXT | END_LINE;
  if (after === NEWLINE) condition |= END_LINE;
  return condition;
}

/** A letter, a digit or _, of ASCII. */
const isWord = (code: number): boolean =>
  (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 95;
