/** The Prometheus whose language this is: that of the grammar, whose package is numbered 0.315.0 for 3.15.0. */
export const LANGUAGE_VERSION = "3.15.0";
