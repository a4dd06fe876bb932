/** How what a line leaves of a series goes on from step to step, as a linear filter from values to innovations. */
export type Dependence =
  /** Returns to the line: u' = rho u + e. At 1 it never does: a walk with drift. */
  | { readonly kind: "autoregressive"; readonly rho: number }
  /**
   * Level and slope themselves move by a share of each innovation, and the rest of it returns to them: ETS(A,Ad,N) where rho is 0, of whose slope the share phi is
   * left a step later. Source: Hyndman et al. 2008, ch. 3.
   */
  | { readonly kind: "smoothed"; readonly alpha: number; readonly beta: number; readonly phi: number; readonly rho: number };

export interface Candidate {
  readonly dependence: Dependence;
  /** Of logarithms: growth by a share of what is there. */
  readonly logarithmic: boolean;
  /** What is left of the line is in proportion to so high a power of it: 0 the same everywhere, 0.5 of counts, 1 in proportion. */
  readonly scatter: number;
  /** Position from which on the slope is another, or all along, by as much at each step more than at the one before; null for one slope throughout. */
  readonly bend: number | "ever more" | null;
  /** Logarithm of how likely it is before the data are seen. */
  readonly prior: number;
}

/**
 * With how likely each is beforehand. What fills up adds up, so a walk weighs most: a history of it often looks as if it returned to a
 * line, and would be trusted too much.
 */
const RHOS = [
  [0, 0.12],
  [0.3, 0.05],
  [0.6, 0.05],
  [0.8, 0.04],
  [0.9, 0.03],
  [0.95, 0.015],
  [0.98, 0.015],
  [0.999999, 0.35],
] as const;
const ALPHAS = [
  [0.02, 0.05],
  [0.05, 0.05],
  [0.1, 0.05],
  [0.2, 0.05],
  [0.4, 0.04],
  [0.7, 0.04],
] as const;
const MOVING_SLOPES = [
  [0.1, 0.005, 0.015],
  [0.3, 0.02, 0.015],
  [0.5, 0.1, 0.01],
  [1, 0.05, 0.01],
] as const;
/** Of what comes in at a rate that stays high or low for a while, ARIMA(1,1,0): what is left of that a step later. */
const LASTING = [0.5, 0.7, 0.85, 0.93, 0.97, 0.99] as const;
const AT_A_RATE = 0.015;
/** Of what adds up beside noise that is slow to pass: how slow, how much of each innovation stays, and how likely each pair is. */
const PASSING = [0.4, 0.6, 0.8, 0.9] as const;
const STAYING = [0.05, 0.1, 0.2, 0.4] as const;
const BESIDE = 0.01;
const STRAIGHT = 0.92;
const BY_SHARES = 0.2;
/** Powers, and for each way to grow by amounts in which what is left of the line is the same everywhere how often one in which it grows with it. */
const SCATTERS = [
  [0.5, 0.1],
  [1, 0.1],
] as const;
const BENDING: readonly Dependence[] = [
  { kind: "autoregressive", rho: 0 },
  { kind: "autoregressive", rho: 0.6 },
  { kind: "autoregressive", rho: 0.9 },
  { kind: "smoothed", alpha: 0.1, beta: 0, phi: 1, rho: 0 },
  { kind: "smoothed", alpha: 0.4, beta: 0, phi: 1, rho: 0 },
  { kind: "autoregressive", rho: 0.999999 },
];
const BENDS = 14;
/** What comes in grows by as much each day, and nothing goes. */
const EVER_MORE = 0.02;
/** Parts that the way from the likeliest to its neighbours is cut into, again and again. */
export const FINER = 4;
const FEWEST_AFTER_A_BEND = 8;

/** All that is weighed against each other for a series of `n` values; `positive` when it has logarithms. */
export function candidates(n: number, positive: boolean): Candidate[] {
  const steady: readonly { readonly dependence: Dependence; readonly share: number }[] = [
    ...RHOS.map(([rho, share]) => ({ dependence: { kind: "autoregressive", rho } as const, share })),
    ...ALPHAS.map(([alpha, share]) => ({ dependence: { kind: "smoothed", alpha, beta: 0, phi: 1, rho: 0 } as const, share })),
    ...PASSING.flatMap((rho) =>
      STAYING.map((alpha) => ({ dependence: { kind: "smoothed", alpha, beta: 0, phi: 1, rho } as const, share: BESIDE })),
    ),
    ...MOVING_SLOPES.map(([alpha, beta, share]) => ({ dependence: { kind: "smoothed", alpha, beta, phi: 1, rho: 0 } as const, share })),
    ...LASTING.map((phi) => ({ dependence: { kind: "smoothed", alpha: 1, beta: 1, phi, rho: 0 } as const, share: AT_A_RATE })),
  ];
  const scales = positive ? ([false, true] as const) : ([false] as const);
  const straight = scales.flatMap((logarithmic) =>
    steady.map(({ dependence, share }): Candidate => ({
      dependence,
      logarithmic,
      scatter: 0,
      bend: null,
      prior: Math.log(share * STRAIGHT * (logarithmic ? BY_SHARES : 1 - BY_SHARES)),
    })),
  );
  const growing = SCATTERS.flatMap(([scatter, often]) =>
    steady
      .filter(({ dependence }) => staysNear(dependence))
      .map(({ dependence, share }): Candidate => ({
        dependence,
        logarithmic: false,
        scatter,
        bend: null,
        prior: Math.log(share * STRAIGHT * (1 - BY_SHARES) * often),
      })),
  );
  const bends = Array.from({ length: BENDS }, (_, k) => bendingAt((k + 1) * bendsApart(n), n, 1));
  return [...straight, ...growing, ...bends.flat(), ...bendingFrom("ever more", EVER_MORE / BENDING.length)];
}

/** Of what wanders off the line nobody can tell that its scatter grows with the line. */
const staysNear = (dependence: Dependence): boolean =>
  dependence.kind === "autoregressive" ? dependence.rho < 0.99 : dependence.beta === 0 && dependence.rho === 0;

/** How far the bends that are tried first lie apart, in steps. */
export const bendsApart = (n: number): number => n / (BENDS + 1);

/** Bends about one that stood for all as far as `apart` from it: where it bent decides how steep it has been since. */
export function finerBends(bend: number, n: number, apart: number): Candidate[] {
  const finer: Candidate[] = [];
  for (let k = 1 - FINER; k < FINER; k++)
    if (k !== 0) finer.push(...bendingAt(bend + (k * apart) / FINER, n, apart / FINER / bendsApart(n)));
  return finer;
}

/** A bend of `n` values without its like in them, at its place: as likely as all others together. */
export const sharpBend = (bend: number, n: number): Candidate[] =>
  n - bend < FEWEST_AFTER_A_BEND ? [] : bendingFrom(bend, (1 - STRAIGHT) / BENDING.length);

/** `share`: of the places that one of the first stands for, as many as this one does. */
function bendingAt(position: number, n: number, share: number): Candidate[] {
  const bend = Math.round(position);
  if (bend < FEWEST_AFTER_A_BEND || n - bend < FEWEST_AFTER_A_BEND) return [];
  return bendingFrom(bend, (share * (1 - STRAIGHT)) / (BENDS * BENDING.length));
}

const bendingFrom = (bend: number | "ever more", share: number): Candidate[] =>
  BENDING.map((dependence) => ({ dependence, logarithmic: false, scatter: 0, bend, prior: Math.log(share) }));
