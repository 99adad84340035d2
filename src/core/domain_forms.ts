/** Forms of a domain that is a range of numbers. */
export const RANGE_TYPES = ["uniform", "log_uniform", "int_uniform"] as const;

/** Keys of which each makes a map a domain: a set of values to draw a setting from. */
export const DOMAIN_FORMS = ["choice", ...RANGE_TYPES] as const;
