"""What simulate, compare and sweep write: their results as JSON (docs/json.md), tables, plots and pages."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sim.breakdowns import Breakdowns
    from sim.results.comparison import Comparison
    from sim.results.parts import Parts
    from sim.results.simulation import Simulation
    from sim.results.sweeping import Sweep
    from sim.scenario import Scenario


def command_line() -> str:
    """The command as it was given: what repeats a run."""
    import shlex

    name = Path(sys.argv[0]).name
    return shlex.join(["siyu" if name == "__main__.py" else name, *sys.argv[1:]])  # python -m siyu


def simulated(done: "Simulation") -> dict[str, Any]:
    """What `siyu simulate --json` holds."""
    from sim.guarding import plain_alerts

    run = done.run
    return {
        "version": run.version,
        "scenario": run.scenario.name,
        "digest": run.scenario.digest,
        "seed": run.seed,
        "members": int(run.closing["founders"]),
        "lives": run.scenario.lives,
        "quick_look": done.quick_look.plain() if done.quick_look else None,
        "days": run.scenario.days,
        "market": run.scenario.market.name,
        "response": run.scenario.response_name,
        "currency": run.scenario.market.currency,
        "seconds": run.seconds,
        "member_days_per_second": run.member_days_per_second,
        "measures": measured_values(done),
        "alerts": plain_alerts(done.alerts),
        "experiments": done.experiment_records,
        "naive": done.naive_records,
        "breakdowns": breakdowns_as_json(done.breakdowns()),
    }


def breakdowns_as_json(breakdowns: "Breakdowns") -> dict[str, Any]:
    """The tables of a run or a scenario taken apart, by month: a list of rows each; what is missing is None."""
    return {
        name: [{key: _plain(value) for key, value in row.items()} for row in table.to_dict("records")]
        for name, table in breakdowns.tables("month").items()
    }


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and value != value else value


def measured_values(done: "Simulation") -> dict[str, Any]:
    """The measures of one run; for one that can be censored, whether it is and the bound beyond which it lies."""
    from sim.results.metrics import REGISTRY
    from sim.results.showing import value_as_json

    values: dict[str, Any] = dict(done.measures)
    for name, measure in REGISTRY.items():
        if measure.followed:
            values[name] = value_as_json(values[name], measure.followed(done.run.scenario))
    return values


def write_simulation(folder: Path, done: "Simulation", results: dict[str, Any], lang: Any = "en") -> None:
    """Daily series, members, measures, the run taken apart, its views, and the scenario as it was run."""
    from models.data.csv_cells import csv_text
    from models.data.files import write_json, write_whole
    from sim.results.plots import views
    from sim.run import members_frame

    write_whole(folder / "daily.parquet", lambda path: done.run.daily.to_parquet(path))
    write_whole(folder / "members.parquet", lambda path: members_frame(done.run).to_parquet(path))
    write_whole(folder / "scenario.yaml", done.run.scenario.to_yaml())
    write_json(folder / "measures.json", "simulate", results)
    for name, table in done.breakdowns().tables("week").items():
        write_whole(folder / f"{name}.csv", csv_text(table))
    _write_plots(folder, views(done, lang))


def _write_plots(folder: Path, figures: "dict[str, Figure]") -> None:
    from models.data.files import write_whole

    for name, figure in figures.items():
        write_whole(folder / f"{name}.png", lambda path, figure=figure: figure.savefig(path, dpi=150))  # type: ignore[misc]


def compared(result: "Comparison", parts: "Sequence[Parts]" = ()) -> dict[str, Any]:
    """What `--json` of compare holds (docs/json.md); `parts`: what policies are worth, where that was asked."""
    from sim.results.metrics import REGISTRY
    from sim.results.showing import as_json

    runs = [r for row in result.replicates[result.kind] for r in row]
    others = [name for name in result.names if name != result.against]
    ranking = result.ranking()
    return {
        "version": result.version,
        "seed": result.seed,
        "members": int(_founders(result)),
        "days": result.scenarios[0].days,
        "replicates": result.scenarios[0].replicates,
        "currency": result.scenarios[0].market.currency,
        "uncertainty": result.kind,
        "seconds": result.seconds,
        "resumed": result.resumed,
        "member_days_per_second": sum(r.member_days for r in runs) / max(sum(r.seconds for r in runs), 1e-9),
        "against": result.against,
        "verdict": result.verdict(),
        "cautions": result.cautions(),
        "wrong_beliefs": result.wrong_beliefs(),
        "scenarios": [
            _one(result, name) | {"chance_of_being_best": chance, "expected_regret": regret}
            for name, chance, regret in zip(result.names, ranking.chances, ranking.regrets, strict=True)
        ],
        "differences": [
            {
                "scenario": name,
                "against": result.against,
                "measures": {
                    m: as_json(d.interval)
                    | {
                        "probability_better": d.probability_better,
                        "probability_mean_better": d.probability_mean_better,
                    }
                    for m in REGISTRY
                    for d in [result.difference(name, m)]
                },
            }
            for name in others
        ],
        "parts": [_worths(each) for each in parts],
    }


def _worths(parts: "Parts") -> dict[str, Any]:
    """What each policy of a scenario is worth, in every measure."""
    from sim.results.metrics import REGISTRY
    from sim.results.showing import as_json

    return {
        "scenario": parts.whole,
        "replicates": parts.comparison.scenarios[0].replicates,
        "verdict": parts.sentences(),
        "policies": [
            {
                "policy": part,
                "measures": {
                    m: as_json(worth.interval)
                    | {
                        "probability_better": worth.probability_better,
                        "probability_mean_better": worth.probability_mean_better,
                    }
                    for m in REGISTRY
                    for worth in [parts.worth(part, m)]
                },
            }
            for part in parts.names
        ],
    }


def _founders(result: "Comparison") -> float:
    """Founding members of the first scenario: those of the export where it said 0."""
    ever, joined = (result.interval(result.names[0], name).mean for name in ("members", "joiners"))
    return (ever or 0.0) - (joined or 0.0)


def _one(result: "Comparison", name: str) -> dict[str, Any]:
    from sim.guarding import plain_alerts
    from sim.results.metrics import REGISTRY
    from sim.results.showing import as_json

    scenario = result.scenarios[result.names.index(name)]
    return {
        "name": name,
        "digest": scenario.digest,
        "lives": scenario.lives,
        "quick_look": _quick_look(result, name),
        "market": scenario.market.name,
        "response": scenario.response_name,
        "measures": {m: as_json(result.interval(name, m), bool(known.followed)) for m, known in REGISTRY.items()},
        "simulation_only": {m: as_json(result.by_chance(name, m)) for m in REGISTRY},
        "breakdowns": breakdowns_as_json(result.breakdowns(name)),
        "targets": {
            m: {"target": text, "reached": reached, "met": met, "chance": result.target_chance(name, m)}
            for m, (text, reached, met) in result.targets(name).items()
        },
        "alerts": plain_alerts(result.alerts(name)),
        "experiments": result.experiments(name),
        "naive": result.naive_records.get(name, []),
    }


def _quick_look(result: "Comparison", name: str) -> dict[str, Any] | None:
    look = dict(zip(result.names, result.quick_looks, strict=False)).get(name)
    return look.plain() if look else None


def swept(sweep: Any) -> dict[str, Any]:
    """What `siyu sweep --json` holds."""
    from sim.results.metrics import REGISTRY
    from sim.results.showing import as_json

    result = sweep.comparison
    return {
        "version": result.version,
        "seed": result.seed,
        "market": result.scenarios[0].market.name,
        "currency": result.scenarios[0].market.currency,
        "keys": list(sweep.keys),
        "objective": sweep.objective,
        "resumed": result.resumed,
        "best": dict(zip(sweep.keys, sweep.best, strict=True)),
        "most_often_best": dict(zip(sweep.keys, sweep.most_often_best, strict=True)),
        "within_5_percent": [dict(zip(sweep.keys, p, strict=True)) for p in sweep.flat],
        "verdict": sweep.verdict(),
        "points": [
            {
                "values": dict(zip(sweep.keys, point, strict=True)),
                "lives": scenario.lives,
                "response": scenario.response_name,
                "quick_look": _quick_look(result, name),
                "chance_of_being_best": chance,
                "expected_regret": regret,
                "measures": {m: as_json(result.interval(name, m), bool(k.followed)) for m, k in REGISTRY.items()},
            }
            for point, name, scenario, chance, regret in zip(
                sweep.points, result.names, result.scenarios, sweep.ranking.chances, sweep.ranking.regrets, strict=True
            )
        ],
    }


def write_sweep_results(folder: Path, sweep: "Sweep", scenario: "Scenario", results: dict[str, Any], lang: Any) -> None:
    """Write the table as JSON, the scenario, the plot and the page."""
    from models.data.files import write_json, write_whole
    from sim.results.report import write_sweep

    write_json(folder / "sweep.json", "sweep", results)
    write_whole(folder / "scenario.yaml", scenario.to_yaml())
    write_whole(folder / "sweep.png", lambda path: sweep.plot(lang).savefig(path, dpi=150))
    write_sweep(sweep, folder / "report.html", lang, command_line())


def write_comparison(
    folder: Path, result: "Comparison", results: dict[str, Any], lang: Any, parts: "Sequence[Parts]" = ()
) -> None:
    """Tables, scenarios as they were run, plots and the report."""
    import pandas as pd

    from models.data.csv_cells import csv_text
    from models.data.files import write_json, write_whole
    from sim.results import plots
    from sim.results.report import write

    write_json(folder / "comparison.json", "compare", results)
    write_whole(folder / "measures.csv", csv_text(result.frame()))
    for scenario in result.scenarios:
        write_whole(folder / f"{scenario.name}.yaml", scenario.to_yaml())
    apart = {name: result.breakdowns(name).tables("week") for name in result.names}
    for table in dict.fromkeys(table for own in apart.values() for table in own):
        rows = {name: own[table] for name, own in apart.items() if table in own}
        whole = pd.concat(rows, names=["scenario", None]).reset_index("scenario")
        write_whole(folder / f"{table}.csv", csv_text(whole))
    if parts:
        worths = pd.concat({each.whole: each.frame() for each in parts}, names=["scenario", None])
        write_whole(folder / "parts.csv", csv_text(worths.reset_index("scenario")))
    _write_plots(folder, plots.all_figures(result, lang))
    write(result, folder / "report.html", lang, command_line(), parts)
