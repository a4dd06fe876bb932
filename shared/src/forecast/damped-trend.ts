import type { Member } from "./member.ts";

/**
 * Damped-trend exponential smoothing, parameters by grid search on one- and several-step errors.
 * Source: Gardner & McKenzie 1985, Forecasting trends in time series, Management Science 31.
 */
const ALPHAS = [0.05, 0.1, 0.2, 0.35, 0.55, 0.8];
const BETAS = [0, 0.02, 0.08, 0.2];
const PHIS = [0.8, 0.92, 0.98];

export const dampedTrend: Member = {
  name: "damped trend",
  forecast(y, _seasons, horizon) {
    const n = y.length;
    if (n < 6) return null;
    const look = Math.max(1, Math.min(horizon, 12, n >> 2));
    let best = Infinity;
    let bestLevel = y[n - 1]!;
    let bestTrend = 0;
    let bestPhi = 0.9;
    for (const alpha of ALPHAS)
      for (const beta of BETAS)
        for (const phi of PHIS) {
          if (beta === 0 && phi !== 0.92) continue;
          let level = y[0]!;
          let trend = 0;
          let error = 0;
          let reach = 0;
          for (let k = 1; k <= look; k++) reach += phi ** k;
          const warm = Math.min(n >> 2, 10);
          for (let i = 1; i < n; i++) {
            const step = y[i]! - (level + phi * trend);
            if (i >= warm) {
              error += Math.abs(step);
              const far = i + look - 1;
              if (far < n) error += Math.abs(y[far]! - (level + reach * trend));
            }
            const before = level;
            level = level + phi * trend + alpha * step;
            trend = beta === 0 ? 0 : phi * trend + beta * (level - before - phi * trend);
          }
          if (error < best) {
            best = error;
            bestLevel = level;
            bestTrend = trend;
            bestPhi = phi;
          }
        }
    const out = new Float64Array(horizon);
    let reach = 0;
    let power = 1;
    for (let h = 0; h < horizon; h++) {
      power *= bestPhi;
      reach += power;
      out[h] = bestLevel + reach * bestTrend;
    }
    return out;
  },
};
