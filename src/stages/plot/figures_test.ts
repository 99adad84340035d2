import { assertEquals } from "@std/assert";
import type { TableColumns } from "../../core/stage_kind.ts";
import { checkFigure, checkFigureTables, withFigureDefaults } from "./figures.ts";

Deno.test("checkFigure() finds nothing wrong with a figure that has what it is drawn from", () => {
  assertEquals(checkFigure({ figure: "convergence", population: "trained" }), []);
  assertEquals(
    checkFigure({ figure: "convergence", population: "trained", groups: "quality", title: "A" }),
    [],
  );
  assertEquals(checkFigure({ figure: "weight-statistics", analysis: "weights", statistics: ["l2"] }), []);
  assertEquals(checkFigure({ figure: "weight-distribution", analysis: "weights", phase: "init" }), []);
});

Deno.test("checkFigure() names an input that is missing and what makes it", () => {
  assertEquals(checkFigure({ figure: "weight-statistics" }), [{
    code: "figure-input-missing",
    message: 'Cannot draw figure "weight-statistics": "analysis" is missing',
    at: ["figure"],
    help: 'add "analysis" with the name of a stage of kind analyze',
  }]);
});

Deno.test("checkFigure() points at each setting that the figure would not show", () => {
  const problems = checkFigure({
    figure: "convergence",
    population: "trained",
    analysis: "weights",
    normalization: "z_score",
  });
  assertEquals(problems, [
    {
      code: "figure-setting-unused",
      message: 'Cannot use "analysis" in figure "convergence": it is drawn from population and groups',
      at: ["analysis"],
      help: "remove it; figures that use it: weight-statistics, weight-distribution",
    },
    {
      code: "figure-setting-unused",
      message: 'Cannot use "normalization" in figure "convergence": it is drawn from population and groups',
      at: ["normalization"],
      help: "remove it; figures that use it: weight-distribution",
    },
  ]);
});

Deno.test("checkFigure() refuses densities of a phase that analyze does not estimate", () => {
  const [problem] = checkFigure({ figure: "weight-distribution", analysis: "weights", phase: "difference" });
  assertEquals([problem!.code, problem!.at], ["figure-phase-unknown", ["phase"]]);
});

Deno.test("withFigureDefaults() makes a figure with its defaults written out equal to one without, and keeps it right", () => {
  const short = withFigureDefaults({ figure: "weight-distribution", analysis: "weights" });
  const long = {
    figure: "weight-distribution",
    analysis: "weights",
    phase: "final",
    normalization: "z_score",
  } as const;
  assertEquals(short, withFigureDefaults(long));
  assertEquals(checkFigure(short), []);
  assertEquals(withFigureDefaults({ figure: "convergence", population: "p" }), {
    figure: "convergence",
    population: "p",
  });
});

Deno.test("checkFigureTables() points at the stage that does not measure what the figure shows", () => {
  const analysis = ["mlps", "cnns"].map((stage, i) => ({
    labels: { stage },
    instance: stage,
    reads: {},
    tables: (): TableColumns => i === 0 ? { statistics: [], distribution: [] } : { distribution: [] },
  }));
  const config = { figure: "weight-statistics", analysis: ["mlps", "cnns"] } as const;
  assertEquals(checkFigureTables({ ...config, analysis: [...config.analysis] }, { analysis }), [{
    code: "figure-table-missing",
    message: 'Cannot draw figure "weight-statistics": stage "cnns" makes no table "statistics"',
    at: ["analysis", 1],
    help: 'add statistics to the "measures" of stage "cnns"',
  }]);
  assertEquals(
    checkFigureTables({ figure: "weight-distribution", analysis: ["mlps", "cnns"] }, { analysis }),
    [],
  );
  const [one] = checkFigureTables({ figure: "weight-statistics", analysis: "cnns" }, {
    analysis: [analysis[1]!],
  });
  assertEquals(one!.at, ["analysis"]);
});
