// The host's own, seldom called, so that the twin and the kernel give the same bits.
export declare function exp(x: f64): f64;
export declare function log(x: f64): f64;
