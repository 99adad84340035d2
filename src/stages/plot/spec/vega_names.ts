/** The functions of Vega's expressions; listed, since plans are made without Vega, and compared with it by a test. */
export const VEGA_FUNCTIONS: ReadonlySet<string> = new Set(
  `
  isNaN isFinite abs acos asin atan atan2 ceil cos exp floor hypot log max min pow random round sin
  sqrt tan clamp now utc datetime date day year month hours minutes seconds milliseconds time
  timezoneoffset utcdate utcday utcyear utcmonth utchours utcminutes utcseconds utcmilliseconds length
  parseFloat parseInt upper lower substring split trim btoa atob encodeURIComponent regexp test if
  view item group xy x y cumulativeNormal cumulativeLogNormal cumulativeUniform densityNormal
  densityLogNormal densityUniform quantileNormal quantileLogNormal quantileUniform sampleNormal
  sampleLogNormal sampleUniform isArray isBoolean isDate isDefined isNumber isObject isRegExp isString
  isTuple isValid toBoolean toDate toNumber toString indexof join lastindexof replace reverse sort
  slice flush lerp interpolateLinear merge pad peek pluck span inrange truncate rgb lab hcl hsl
  luminance contrast sequence format utcFormat utcParse utcOffset utcSequence timeFormat timeParse
  timeOffset timeSequence timeUnitSpecifier monthFormat monthAbbrevFormat dayFormat dayAbbrevFormat
  quarter utcquarter week utcweek isoweek utcisoweek dayofyear utcdayofyear warn info debug extent
  inScope intersect clampRange pinchDistance pinchAngle screen containerSize windowSize bandspace
  setdata pathShape panLinear panLog panPow panSymlog zoomLinear zoomLog zoomPow zoomSymlog encode
  modify lassoAppend lassoPath intersectLasso easeLinear easeQuad easeQuadIn easeQuadOut easeQuadInOut
  easeCubic easeCubicIn easeCubicOut easeCubicInOut easePoly easePolyIn easePolyOut easePolyInOut
  easeSin easeSinIn easeSinOut easeSinInOut easeExp easeExpIn easeExpOut easeExpInOut easeCircle
  easeCircleIn easeCircleOut easeCircleInOut easeBounce easeBounceIn easeBounceOut easeBounceInOut
  easeBack easeBackIn easeBackOut easeBackInOut easeElastic easeElasticIn easeElasticOut
  easeElasticInOut bandwidth copy domain range invert scale gradient geoArea geoBounds geoCentroid
  geoShape geoScale geoTranslate indata data treePath treeAncestors
`.trim().split(/\s+/),
);

/** The constants of Vega's expressions. */
export const VEGA_CONSTANTS: readonly string[] = [
  "NaN",
  "E",
  "LN2",
  "LN10",
  "LOG2E",
  "LOG10E",
  "PI",
  "SQRT1_2",
  "SQRT2",
  "MIN_VALUE",
  "MAX_VALUE",
];

/**
 * Whether an expression may use a name, beside those of the spec's own params. Vega-Lite makes signals of its own for the
 * sizes of views and for selections; of these the endings are told.
 */
export function isVegaName(name: string): boolean {
  return KNOWN.has(name) ||
    /_(width|height|step|bins|extent|domain|columns|tuple|toggle|modify|fields)$/.test(name);
}

const KNOWN: ReadonlySet<string> = new Set([
  ...VEGA_CONSTANTS,
  ...["datum", "event", "item", "parent", "facet", "unit"],
  ...["width", "height", "padding", "autosize", "background", "cursor"],
  ...["childWidth", "childHeight"],
]);
